#include "base/listing.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <deque>
#include <set>
#include <utility>

#include "base/error.h"

namespace nnstretch {
namespace {

namespace fs = std::filesystem;

bool is_hidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

// Which folder a path leads to, whatever it is called.
std::pair<dev_t, ino_t> identity(const fs::path& folder) {
  struct stat found {};
  ::stat(folder.c_str(), &found);
  return {found.st_dev, found.st_ino};
}

class Walk {
 public:
  explicit Walk(const std::function<bool(const fs::path&)>& takes) : takes_(takes) {}

  Listing from(const fs::path& folder) {
    found_.folder = folder;
    if (const auto error = walk(folder))
      throw IoError(
          {.what = "cannot list the folder: " + error.message(), .where = folder.string()});
    // Links come after all folders that are there themselves, which keep their own names.
    for (; !linked_.empty(); linked_.pop_front())
      enter(linked_.front(), "a link to what was taken");
    std::sort(found_.files.begin(), found_.files.end());
    for (auto& [reason, paths] : found_.left_out) std::sort(paths.begin(), paths.end());
    return std::move(found_);
  }

 private:
  std::error_code walk(const fs::path& folder) {
    std::error_code error;
    fs::directory_iterator entry(folder, error);
    if (error) return error;
    walked_.insert(identity(folder));
    std::vector<fs::path> here;
    for (; !error && entry != fs::directory_iterator(); entry.increment(error))
      here.push_back(entry->path());
    std::sort(here.begin(), here.end());
    for (const fs::path& path : here) look_at(path);
    return error;
  }

  void look_at(const fs::path& path) {
    std::error_code ignored;
    if (is_hidden(path)) return leave(path, "hidden");
    const fs::file_type type = fs::status(path, ignored).type();
    const bool is_link = fs::is_symlink(path, ignored);
    if (type == fs::file_type::directory) {
      if (is_link)
        linked_.push_back(path);
      else
        enter(path, "walked already");
    } else if (type == fs::file_type::regular) {
      if (takes_(path))
        found_.files.push_back(path);
      else
        leave(path, "of another kind");
    } else {
      leave(path, is_link ? "a link to no file" : "no file");
    }
  }

  void enter(const fs::path& folder, const char* if_walked) {
    if (walked_.contains(identity(folder))) return leave(folder, if_walked);
    if (const auto error = walk(folder)) leave(folder, error.message());
  }

  void leave(const fs::path& path, const std::string& reason) {
    found_.left_out[reason].push_back(path);
  }

  const std::function<bool(const fs::path&)>& takes_;
  Listing found_;
  std::deque<fs::path> linked_;
  std::set<std::pair<dev_t, ino_t>> walked_;
};

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

}  // namespace

std::string Listing::left_out_words(size_t names) const {
  size_t count = 0;
  std::string words;
  for (const auto& [reason, paths] : left_out) {
    count += paths.size();
    words += words.empty() ? "" : "; ";
    for (size_t i = 0; i < std::min(names, paths.size()); ++i)
      words += (i ? ", " : "") + paths[i].lexically_relative(folder).string();
    if (paths.size() > names) words += fmt::format(" and {} more", paths.size() - names);
    words += fmt::format(" ({})", reason);
  }
  return count ? fmt::format("{} not taken: {}", count, words) : "";
}

Listing list_files(const fs::path& folder, const std::function<bool(const fs::path&)>& takes) {
  return Walk(takes).from(folder);
}

bool has_ending(const fs::path& file, std::initializer_list<std::string_view> endings) {
  const std::string own = lower(file.extension().string());
  return std::find(endings.begin(), endings.end(), own) != endings.end();
}

}  // namespace nnstretch

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
    std::vector<fs::directory_entry> here;
    for (; !error && entry != fs::directory_iterator(); entry.increment(error))
      here.push_back(*entry);
    std::sort(here.begin(), here.end());
    for (const fs::directory_entry& one : here) look_at(one);
    return error;
  }

  // The system tells what an entry is with its name: a file costs no call of its own.
  void look_at(const fs::directory_entry& one) {
    std::error_code ignored;
    const fs::path& path = one.path();
    if (is_hidden(path)) return leave(path, "hidden");
    const bool is_link = one.is_symlink(ignored);
    if (one.is_directory(ignored)) {
      if (is_link)
        linked_.push_back(path);
      else
        enter(path, "walked already");
    } else if (one.is_regular_file(ignored)) {
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

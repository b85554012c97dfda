#include "base/sysfs.h"

#include <dirent.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <memory>

namespace nnstretch {

namespace {

constexpr size_t kMost = 64 << 10;

std::nullopt_t fail(const std::filesystem::path& path, const char* reason, std::string* why) {
  if (why) *why = path.string() + ": " + reason;
  return std::nullopt;
}

}  // namespace

std::optional<std::string> read_small(const std::filesystem::path& path, std::string* why) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "r"),
                                                             &std::fclose);
  if (!file) return fail(path, std::strerror(errno), why);
  std::string text(kMost, 0);
  errno = 0;
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get())) return fail(path, std::strerror(errno), why);
  return text;
}

std::optional<std::string> read_line(const std::filesystem::path& path, std::string* why) {
  auto text = read_small(path, why);
  if (!text) return std::nullopt;
  if (text->empty()) return fail(path, "the file is empty", why);
  text->resize(std::min(text->find_first_of(std::string("\n\0", 2)), text->size()));
  return text;
}

std::optional<int64_t> read_number(const std::filesystem::path& path, std::string* why) {
  const auto line = read_line(path, why);
  if (!line) return std::nullopt;
  int64_t number = 0;
  const auto [end, error] = std::from_chars(line->data(), line->data() + line->size(), number);
  if (error == std::errc() && end == line->data() + line->size()) return number;
  if (why) *why = path.string() + ": '" + *line + "' is not a number";
  return std::nullopt;
}

// Not by std::filesystem, whose iterators end the process when memory is short.
std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(folder.c_str()), ::closedir);
  while (const dirent* entry = open ? ::readdir(open.get()) : nullptr)
    if (const std::string name = entry->d_name; name != "." && name != "..") names.push_back(name);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace nnstretch

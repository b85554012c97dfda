#include "base/cache_folder.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace nnstretch {
namespace {

namespace fs = std::filesystem;

fs::path wanted() {
  if (const char* xdg = std::getenv("XDG_CACHE_HOME"); xdg && *xdg)
    return fs::path(xdg) / "nnstretch";
  if (const char* home = std::getenv("HOME"); home && *home)
    return fs::path(home) / ".cache" / "nnstretch";
  return {};
}

std::string cannot(std::string_view doing, int error) {
  return fmt::format("it cannot be {}: {}", doing, std::strerror(error));
}

// Why the folder is not this user's alone; empty if it is.
std::string fault(const fs::path& folder) {
  struct stat link = {}, what = {};
  if (::lstat(folder.c_str(), &link) != 0 || ::stat(folder.c_str(), &what) != 0)
    return cannot("opened", errno);
  if (!S_ISDIR(what.st_mode)) return "it is no folder";
  if (link.st_uid != ::geteuid() || what.st_uid != ::geteuid()) return "it belongs to another user";
  if (what.st_mode & (S_IWGRP | S_IWOTH)) return "others may write there (chmod go-w)";
  return {};
}

}  // namespace

CacheFolder cache_folder() {
  const fs::path folder = wanted();
  if (folder.empty()) return {{}, "neither HOME nor XDG_CACHE_HOME is set"};
  std::error_code error;
  fs::create_directories(folder.parent_path(), error);
  if (::mkdir(folder.c_str(), S_IRWXU) != 0 && errno != EEXIST)
    return {{}, fmt::format("{}: {}", folder.string(), cannot("made", errno))};
  if (const std::string why = fault(folder); !why.empty())
    return {{}, fmt::format("{}: {}", folder.string(), why)};
  return {folder, {}};
}

}  // namespace nnstretch

#include "base/files.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/error.h"

namespace nnstretch {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, std::string_view doing, int error) {
  throw IoError(
      {.what = fmt::format("cannot {}: {}", doing, std::strerror(error)), .where = path.string()});
}

template <class Container>
Container read_all(const std::filesystem::path& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) fail(path, "read", EISDIR);
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) fail(path, "open", errno);
  const auto size = file.tellg();
  if (size < 0) fail(path, "read", EIO);
  Container content(static_cast<size_t>(size), {});
  file.seekg(0);
  if (!file.read(reinterpret_cast<char*>(content.data()), size)) fail(path, "read", EIO);
  return content;
}

}  // namespace

std::vector<std::byte> read_bytes(const std::filesystem::path& path) {
  return read_all<std::vector<std::byte>>(path);
}

std::string read_text(const std::filesystem::path& path) { return read_all<std::string>(path); }

}  // namespace nnstretch

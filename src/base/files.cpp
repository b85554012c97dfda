#include "base/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "base/error.h"

namespace nnstretch {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, std::string_view doing, int error) {
  throw IoError(
      {.what = fmt::format("cannot {}: {}", doing, std::strerror(error)), .where = path.string()});
}

constexpr std::string_view kUnfinished = ".part";

std::filesystem::path unfinished(const std::filesystem::path& target, pid_t writer) {
  return target.string() + fmt::format(".{}{}", writer, kUnfinished);
}

// What a writer of this file left that was killed in the middle of it. Others may be writing now.
void remove_left_overs(const std::filesystem::path& target) {
  const std::string prefix = target.filename().string() + ".";
  std::error_code ignored;
  const auto folder = target.has_parent_path() ? target.parent_path() : ".";
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(prefix) || !name.ends_with(kUnfinished)) continue;
    const char* number = name.data() + prefix.size();
    const char* end = name.data() + name.size() - kUnfinished.size();
    pid_t writer = 0;
    if (number > end || std::from_chars(number, end, writer).ptr != end || writer < 1) continue;
    if (::kill(writer, 0) != 0 && errno == ESRCH)
      std::filesystem::remove(unfinished(target, writer), ignored);
  }
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

AtomicFile::AtomicFile(const std::filesystem::path& path) : target_(path) {
  std::error_code error;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), error);
  if (error) fail(path.parent_path(), "create the folder", error.value());
  remove_left_overs(path);
  unfinished_ = unfinished(path, ::getpid());
  descriptor_ = ::open(unfinished_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor_ < 0) fail(unfinished_, "create", errno);
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(unfinished_.c_str());
}

void AtomicFile::append(std::span<const std::byte> bytes) {
  write_at(size_, bytes);
  size_ += bytes.size();
}

void AtomicFile::write_at(uint64_t offset, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count =
        ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail(unfinished_, "write", errno);
    bytes = bytes.subspan(static_cast<size_t>(count));
    offset += static_cast<uint64_t>(count);
  }
}

void AtomicFile::commit() {
  if (::fsync(descriptor_) != 0) fail(unfinished_, "flush", errno);
  if (::rename(unfinished_.c_str(), target_.c_str()) != 0) fail(target_, "replace", errno);
  ::close(descriptor_);
  descriptor_ = -1;
}

void write_atomic(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  AtomicFile file(path);
  file.append(bytes);
  file.commit();
}

void write_atomic(const std::filesystem::path& path, std::string_view text) {
  write_atomic(path, std::as_bytes(std::span(text)));
}

std::filesystem::path cache_folder() {
  if (const char* xdg = std::getenv("XDG_CACHE_HOME"); xdg && *xdg)
    return std::filesystem::path(xdg) / "nnstretch";
  if (const char* home = std::getenv("HOME"); home && *home)
    return std::filesystem::path(home) / ".cache" / "nnstretch";
  return fmt::format("/tmp/nnstretch-{}", ::getuid());
}

}  // namespace nnstretch

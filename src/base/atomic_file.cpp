// Files that are written whole, and what is no file but can be written into.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <optional>

#include "base/error.h"
#include "base/files.h"
#include "base/pipe.h"

namespace nnstretch {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& path, std::string_view doing, int error,
                       std::string fix = {}) {
  throw IoError({.what = fmt::format("cannot {}: {}", doing, std::strerror(error)),
                 .where = path.string(),
                 .fix = std::move(fix)});
}

constexpr std::string_view kUnfinished = ".part";

// Whose writer began its name: FILE.PROCESS-NUMBER.part, as begin_beside() gives it.
std::optional<pid_t> writer_of(std::string_view name, std::string_view target) {
  if (!name.starts_with(target) || !name.ends_with(kUnfinished)) return {};
  name.remove_prefix(target.size());
  if (!name.starts_with('.')) return {};
  pid_t writer = 0;
  const auto [end, error] = std::from_chars(name.data() + 1, name.data() + name.size(), writer);
  if (error != std::errc() || writer < 1 || (*end != '-' && *end != '.')) return {};
  return writer;
}

// What a writer of this file left that was killed in the middle of it. Others may be writing now.
void remove_left_overs(const fs::path& target) {
  std::error_code ignored;
  const fs::path folder = target.has_parent_path() ? target.parent_path() : ".";
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const auto writer = writer_of(entry.path().filename().string(), target.filename().string());
    if (writer && ::kill(*writer, 0) != 0 && errno == ESRCH) fs::remove(entry.path(), ignored);
  }
}

constexpr int kMostLinks = 40;

// Where the links that a path is lead to. Its folders stay as they are named: through /proc they
// may lie where no other name of this process reaches them.
fs::path end_of_links(fs::path path) {
  std::error_code no_link;
  for (int links = 0; links < kMostLinks; ++links) {
    const fs::path next = fs::read_symlink(path, no_link);
    if (no_link) break;
    path = next.is_absolute() ? next : path.parent_path() / next;
  }
  return path;
}

bool is_file_of(const struct stat& what, const fs::path& path) {
  struct stat named = {};
  return ::stat(path.c_str(), &named) == 0 && named.st_dev == what.st_dev &&
         named.st_ino == what.st_ino;
}

// N of a path that leads to /proc/self/fd/N, such as /dev/stdout. To open such a path would begin
// the file anew that others of this process's words go to.
std::optional<int> own_descriptor(fs::path path) {
  std::error_code error;
  const fs::path own = fs::canonical("/proc/self/fd", error);
  for (int links = 0; !error && links < kMostLinks; ++links) {
    const fs::path parent = fs::canonical(path.has_parent_path() ? path.parent_path() : ".", error);
    if (error) return {};
    const std::string name = path.filename();
    int number = -1;
    if (parent == own && std::from_chars(name.data(), name.data() + name.size(), number).ptr ==
                             name.data() + name.size())
      return number;
    const fs::path next = fs::read_symlink(path, error);
    path = next.is_absolute() ? next : parent / next;
  }
  return {};
}

void write_all(int descriptor, std::span<const std::byte> bytes, const fs::path& name) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail(name, "write", errno);
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
}

}  // namespace

void AtomicFile::Descriptor::close() {
  if (number >= 0) ::close(number);
  number = -1;
}

AtomicFile::AtomicFile(const fs::path& path) : given_(path), target_(path) {
  std::error_code error;
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), error);
  if (error) fail(path.parent_path(), "create the folder", error.value());
  open_target();
}

AtomicFile::~AtomicFile() {
  if (!unfinished_.empty()) ::unlink(unfinished_.c_str());
}

// The system is asked by opening what is there: so its rules for links and permissions hold.
void AtomicFile::open_target() {
  constexpr mode_t kAllMayRead = 0666;  // less what the umask takes
  const auto own = own_descriptor(given_);
  stream_.number = own ? ::fcntl(*own, F_DUPFD_CLOEXEC, 0)
                       : ::open(given_.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
  if (stream_.number < 0) {
    if (own || errno != ENOENT) fail(given_, "write", errno);
    std::error_code none;
    if (const fs::path link = fs::read_symlink(given_, none); !none)
      fail(given_, fmt::format("write, it is a link to {}", link.string()), ENOENT,
           "make what it leads to, or remove the link");
    return begin_beside(kAllMayRead);
  }
  struct stat what = {};
  if (::fstat(stream_.number, &what) != 0) fail(given_, "write", errno);
  if (!own && S_ISREG(what.st_mode)) {
    target_ = end_of_links(given_);
    if (!is_file_of(what, target_))
      fail(given_, fmt::format("replace {}, another file by now", target_.string()), ESTALE);
    stream_.close();
    begin_beside(kAllMayRead);
    // The new file belongs to whom the old one did, as far as the system lets us say so.
    [[maybe_unused]] const int may_fail = ::fchown(content_.number, what.st_uid, what.st_gid);
    ::fchmod(content_.number, what.st_mode & 0777);
    return;
  }
  content_.number = memory_file("nnstretch output");
  if (content_.number < 0) fail(given_, "hold the content", errno);
}

void AtomicFile::begin_beside(mode_t mode) {
  static std::atomic<unsigned> names = 0;
  constexpr int kMostTries = 100;
  remove_left_overs(target_);
  for (int i = 0; i < kMostTries && content_.number < 0; ++i) {
    unfinished_ = target_.string() + fmt::format(".{}-{}{}", ::getpid(), ++names, kUnfinished);
    content_.number =
        ::open(unfinished_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (content_.number < 0 && errno != EEXIST) break;
  }
  if (content_.number >= 0) return;
  const int error = errno;
  unfinished_.clear();  // it is not ours
  fail(given_, "create", error);
}

void AtomicFile::append(std::span<const std::byte> bytes) {
  write_at(size_, bytes);
  size_ += bytes.size();
}

void AtomicFile::write_at(uint64_t offset, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count =
        ::pwrite(content_.number, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail(given_, "write", errno);
    bytes = bytes.subspan(static_cast<size_t>(count));
    offset += static_cast<uint64_t>(count);
  }
}

void AtomicFile::commit() {
  if (unfinished_.empty())
    commit_stream();
  else
    commit_file();
}

void AtomicFile::commit_file() {
  if (::fsync(content_.number) != 0) fail(given_, "flush", errno);
  if (::rename(unfinished_.c_str(), target_.c_str()) != 0) fail(given_, "replace", errno);
  unfinished_.clear();
}

void AtomicFile::commit_stream() {
  std::fflush(stdout);  // what was printed before comes before
  std::array<std::byte, 1 << 16> piece;
  for (uint64_t at = 0; at < size_;) {
    const ssize_t count =
        ::pread(content_.number, piece.data(), piece.size(), static_cast<off_t>(at));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) fail(given_, "write", count < 0 ? errno : EIO);
    write_all(stream_.number, std::span(piece).first(static_cast<size_t>(count)), given_);
    at += static_cast<uint64_t>(count);
  }
  stream_.close();  // its reader sees the end
}

void write_atomic(const fs::path& path, std::span<const std::byte> bytes) {
  AtomicFile file(path);
  file.append(bytes);
  file.commit();
}

void write_atomic(const fs::path& path, std::string_view text) {
  write_atomic(path, std::as_bytes(std::span(text.data(), text.size())));
}

void check_writable(const fs::path& path) {
  if (!path.has_filename()) fail(path, "write", EISDIR);
  std::error_code error;
  const auto what = fs::status(path, error);
  if (fs::exists(what) && !fs::is_regular_file(what) && !fs::is_directory(what)) {
    if (!own_descriptor(path) && ::access(path.c_str(), W_OK) != 0) fail(path, "write", errno);
    return;
  }
  fs::path folder = path.has_parent_path() ? path.parent_path() : ".";
  if (fs::exists(folder, error)) {
    const AtomicFile probe(path);
    return;
  }
  while (!fs::exists(folder, error)) folder = folder.has_parent_path() ? folder.parent_path() : ".";
  if (!fs::is_directory(folder, error)) fail(path, "create its folder", ENOTDIR);
  if (::access(folder.c_str(), W_OK | X_OK) != 0) fail(path, "create its folder", errno);
}

void write_new(const fs::path& path, std::span<const std::byte> bytes) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
  if (file < 0) fail(path, "create", errno);
  try {
    write_all(file, bytes, path);
  } catch (...) {
    ::close(file);
    ::unlink(path.c_str());
    throw;
  }
  if (::close(file) != 0) fail(path, "write", errno);
}

}  // namespace nnstretch

#include "base/file_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstring>
#include <string_view>
#include <thread>

#include "base/error.h"

namespace nnstretch {
namespace {

[[noreturn]] void fail(const std::filesystem::path& file, std::string_view doing, int error) {
  throw IoError({.what = fmt::format("cannot {}: {}", doing, std::strerror(error)),
                 .where = file.string(),
                 .fix = "it keeps two runs apart: use a folder where it can be made and locked"});
}

int open_file(const std::filesystem::path& file) {
  const int descriptor =
      ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
  if (descriptor < 0) fail(file, "open the lock", errno);
  struct stat found {};
  if (::fstat(descriptor, &found) == 0 && S_ISREG(found.st_mode)) return descriptor;
  ::close(descriptor);
  fail(file, "use as a lock what is no file", EINVAL);
}

// Its owner may have removed the file while this process waited: then it is nobody's any more.
bool is_still(int descriptor, const std::filesystem::path& file) {
  struct stat held {
  }, named{};
  return ::fstat(descriptor, &held) == 0 && ::stat(file.c_str(), &named) == 0 &&
         held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

std::string this_process() {
  char host[HOST_NAME_MAX + 1] = "";
  ::gethostname(host, sizeof host - 1);
  return fmt::format("process {} on {}", ::getpid(), host);
}

// Who has it signs it a moment later, unless the disk is full.
std::string holder_in(int descriptor) {
  for (int milliseconds = 0; milliseconds < 100; ++milliseconds) {
    char text[64 + HOST_NAME_MAX];
    const ssize_t count = ::pread(descriptor, text, sizeof text, 0);
    const std::string_view signature(text, static_cast<size_t>(std::max<ssize_t>(count, 0)));
    if (const size_t end = signature.find('\n'); end != signature.npos)
      return std::string(signature.substr(0, end));
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return "another process";
}

// So that others can say for whom they wait. On a full disk the lock holds all the same.
void sign(int descriptor) {
  const std::string owner = this_process() + '\n';
  if (::ftruncate(descriptor, 0) == 0) [[maybe_unused]]
    const auto ignored = ::pwrite(descriptor, owner.data(), owner.size(), 0);
}

// 0, or what went wrong.
int lock(int descriptor, const std::function<void(const std::string& holder)>& on_wait) {
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return 0;
  if (errno != EWOULDBLOCK) return errno;
  on_wait(holder_in(descriptor));
  while (::flock(descriptor, LOCK_EX) != 0)
    if (errno != EINTR) return errno;
  return 0;
}

}  // namespace

FileLock::FileLock(const std::filesystem::path& file,
                   const std::function<void(const std::string& holder)>& on_wait)
    : file_(file) {
  std::string told;  // a holder is named once
  do {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = open_file(file_);
    if (const int error = lock(descriptor_, [&](const std::string& holder) {
          if (on_wait && holder != told) on_wait(told = holder);
        })) {
      ::close(descriptor_);
      fail(file_, "lock", error);
    }
  } while (!is_still(descriptor_, file_));
  sign(descriptor_);
}

FileLock::~FileLock() {
  ::unlink(file_.c_str());
  ::close(descriptor_);
}

}  // namespace nnstretch

#include "base/stdout_guard.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

namespace nnstretch {
namespace {

std::mutex& the_mutex() {
  static std::mutex mutex;
  return mutex;
}

}  // namespace

StdoutGuard::StdoutGuard() : only_one_(the_mutex()) {
  std::fflush(stdout);
  kept_ = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
  if (kept_ >= 0) ::dup2(STDERR_FILENO, STDOUT_FILENO);
}

StdoutGuard::~StdoutGuard() {
  if (kept_ < 0) return;  // there is no standard output
  std::fflush(stdout);
  ::dup2(kept_, STDOUT_FILENO);
  ::close(kept_);
}

}  // namespace nnstretch

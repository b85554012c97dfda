#include "base/stdout_guard.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

namespace nnstretch {
namespace {

std::mutex*& chosen() {
  static std::mutex own;
  static std::mutex* mutex = &own;
  return mutex;
}

}  // namespace

std::mutex& StdoutGuard::only_one() { return *chosen(); }
void StdoutGuard::wait_for(std::mutex& only_one) { chosen() = &only_one; }

StdoutGuard::StdoutGuard() : lock_(only_one()) {
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

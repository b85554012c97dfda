// Calls that might hang, in tests: with a limit of time, and in a forked process.
#pragma once
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

namespace nnstretch::testing {

// Ends a process that hangs, by a signal: a failed test. Sanitizers make all slow.
class WithTimeLimit : public ::testing::Test {
 protected:
  WithTimeLimit() { ::alarm(240); }
  ~WithTimeLimit() override { ::alarm(0); }
};

// What `work` returns, below 128, in a forked process; 128 and more: the signal that ended it.
inline int in_a_fork(const std::function<int()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(100);
    ::_exit(work());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Whether `call` throws an `Expected`, and nothing else.
template <class Expected>
bool refuses(const auto& call) {
  try {
    call();
  } catch (const Expected&) {
    return true;
  } catch (...) {}
  return false;
}

}  // namespace nnstretch::testing

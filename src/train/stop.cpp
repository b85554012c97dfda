#include "train/stop.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>

namespace nnstretch::train {
namespace {

std::atomic<int> first_signal = 0, came = 0;
static_assert(std::atomic<int>::is_always_lock_free, "or a signal handler may not touch it");

void remember(int signal) {
  constexpr int kMost = 2;  // Ctrl-C reaches a rank twice: from the terminal and from its parent
  constexpr int kSignalled = 128;
  if (++came > kMost) ::_exit(kSignalled + signal);
  int none = 0;
  first_signal.compare_exchange_strong(none, signal);
}

}  // namespace

void catch_stop_signals() {
  struct sigaction action = {};
  action.sa_handler = remember;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGTERM, &action, nullptr);
  ::sigaction(SIGINT, &action, nullptr);
}

int stop_signal() { return first_signal; }

}  // namespace nnstretch::train

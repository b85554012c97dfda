#include "base/threads.h"

#include <pthread.h>

namespace nnstretch {
namespace {

cpu_set_t affinity() {
  cpu_set_t set;
  CPU_ZERO(&set);
  pthread_getaffinity_np(pthread_self(), sizeof set, &set);
  return set;
}

}  // namespace

std::vector<int> allowed_cores() {
  const cpu_set_t set = affinity();
  std::vector<int> cores;
  for (int core = 0; core < CPU_SETSIZE; ++core)
    if (CPU_ISSET(core, &set)) cores.push_back(core);
  return cores;
}

bool pin_this_thread(std::span<const int> cores) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int core : cores)
    if (core >= 0 && core < CPU_SETSIZE) CPU_SET(core, &set);
  return pthread_setaffinity_np(pthread_self(), sizeof set, &set) == 0;
}

Pinned::Pinned(std::span<const int> cores)
    : wanted_(!cores.empty()), before_(affinity()), done_(!wanted_ || pin_this_thread(cores)) {}

Pinned::~Pinned() {
  if (wanted_) pthread_setaffinity_np(pthread_self(), sizeof before_, &before_);
}

}  // namespace nnstretch

#include "base/threads.h"

namespace nnstretch {
namespace {

bool read_affinity(cpu_set_t& set) {
  CPU_ZERO(&set);
  return ::sched_getaffinity(0, sizeof set, &set) == 0;  // 0: the calling thread
}

bool write_affinity(const cpu_set_t& set) { return ::sched_setaffinity(0, sizeof set, &set) == 0; }

cpu_set_t set_of(std::span<const int> cores) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int core : cores)
    if (core >= 0 && core < CPU_SETSIZE) CPU_SET(core, &set);
  return set;
}

}  // namespace

std::vector<int> allowed_cores() {
  cpu_set_t set;
  read_affinity(set);
  std::vector<int> cores;
  for (int core = 0; core < CPU_SETSIZE; ++core)
    if (CPU_ISSET(core, &set)) cores.push_back(core);
  return cores;
}

bool pin_this_thread(std::span<const int> cores) { return write_affinity(set_of(cores)); }

Pinned::Pinned(std::span<const int> cores) {
  if (cores.empty()) return;
  const cpu_set_t wanted = set_of(cores);
  done_ = read_affinity(before_);
  if (!done_ || CPU_EQUAL(&before_, &wanted)) return;
  done_ = changed_ = write_affinity(wanted);
}

Pinned::~Pinned() {
  if (changed_) write_affinity(before_);
}

}  // namespace nnstretch

#include "base/memory.h"

#include <fstream>
#include <string>

namespace nnstretch {

int64_t resident_bytes() {
  std::ifstream rollup("/proc/self/smaps_rollup");
  int64_t sum = 0;
  for (std::string word; rollup >> word;)
    if (int64_t kilobytes = 0; (word == "Pss_Anon:" || word == "Pss_Shmem:") && rollup >> kilobytes)
      sum += kilobytes * 1024;
  return sum;
}

std::optional<int64_t> peak_resident_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (int64_t kilobytes = 0; word == "VmHWM:" && status >> kilobytes) return kilobytes * 1024;
  return {};
}

}  // namespace nnstretch

#include "base/memory.h"

#include <fstream>
#include <string>

namespace nnstretch {

int64_t resident_bytes() {
  std::ifstream rollup("/proc/self/smaps_rollup");
  for (std::string word; rollup >> word;)
    if (int64_t kilobytes = 0; word == "Pss:" && rollup >> kilobytes) return kilobytes * 1024;
  return 0;
}

}  // namespace nnstretch

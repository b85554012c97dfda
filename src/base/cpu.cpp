#include "base/cpu.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/utsname.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <fstream>
#include <set>

namespace nnstretch {
namespace {

std::string machine_name() {
  utsname system{};
  return ::uname(&system) == 0 ? system.machine : "unknown";
}

}  // namespace

std::string cpu_model() {
  std::ifstream info("/proc/cpuinfo");
  std::set<std::string> kinds;
  std::string implementer;
  for (std::string line; std::getline(info, line);) {
    const auto colon = line.find(": ");
    if (colon == line.npos) continue;
    const std::string value = line.substr(colon + 2);
    if (line.starts_with("model name")) return value;
    if (line.starts_with("CPU implementer")) implementer = value;
    if (line.starts_with("CPU part"))
      kinds.insert(fmt::format("implementer {} part {}", implementer, value));
  }
  return kinds.empty() ? machine_name() : fmt::format("{}", fmt::join(kinds, ", "));
}

#if defined(__x86_64__)
namespace {

// The compiler's own question for it came with GCC 13.
bool has_avx_vnni() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & (1u << 4)) &&
         __builtin_cpu_supports("avx2");
}

}  // namespace

bool has_vnni() { return __builtin_cpu_supports("avx512vnni") || has_avx_vnni(); }

std::string cpu_instructions() {
  const std::string widest = __builtin_cpu_supports("avx512bw") ? "avx512"
                             : __builtin_cpu_supports("avx2")   ? "avx2"
                                                                : "sse";
  return has_vnni() ? widest + "-vnni" : widest;
}
#else
bool has_vnni() { return true; }
std::string cpu_instructions() { return machine_name(); }
#endif

}  // namespace nnstretch

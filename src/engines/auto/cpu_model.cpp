#include "engines/auto/cpu_model.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/utsname.h>

#include <fstream>
#include <set>

namespace nnstretch::engines {

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
  if (!kinds.empty()) return fmt::format("{}", fmt::join(kinds, ", "));
  utsname system{};
  return ::uname(&system) == 0 ? system.machine : "unknown";
}

std::string core_kinds(std::span<const int> cores, const Topology& topology) {
  std::set<int> all, these;
  for (const Core& core : topology.cores) all.insert(core.capacity);
  if (all.size() < 2) return {};
  for (const int id : cores)
    if (const Core* core = topology.find(id)) these.insert(core->capacity);
  return fmt::format("{}", fmt::join(these, " "));
}

}  // namespace nnstretch::engines

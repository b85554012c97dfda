#include "engines/auto/core_kinds.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

namespace nnstretch::engines {

std::string core_kinds(std::span<const int> cores, const Topology& topology) {
  std::set<int> all, these;
  for (const Core& core : topology.cores) all.insert(core.capacity);
  if (all.size() < 2) return {};
  for (const int id : cores)
    if (const Core* core = topology.find(id)) these.insert(core->capacity);
  return fmt::format("{}", fmt::join(these, " "));
}

}  // namespace nnstretch::engines

#include "plan/alike.h"

#include <algorithm>

namespace nnstretch::plan {
namespace {

std::vector<int> capacities(const engines::Processor& processor, const Topology& topology) {
  std::vector<int> capacities;
  for (const int id : processor.cores) {
    const Core* core = topology.find(id);
    capacities.push_back(core ? core->capacity : 0);
  }
  std::sort(capacities.begin(), capacities.end());
  return capacities;
}

bool are_alike(const engines::Processor& a, const engines::Processor& b, const Topology& topology) {
  return a.device == "cpu" && b.device == "cpu" && !a.cores.empty() && a.engine == b.engine &&
         a.threads == b.threads && a.precision == b.precision &&
         capacities(a, topology) == capacities(b, topology);
}

}  // namespace

std::vector<std::vector<size_t>> alike(std::span<const engines::Processor> processors,
                                       const Topology& topology) {
  std::vector<std::vector<size_t>> groups(processors.size());
  for (size_t i = 0; i < processors.size(); ++i)
    for (size_t j = 0; j < processors.size(); ++j)
      if (i == j || are_alike(processors[i], processors[j], topology)) groups[i].push_back(j);
  return groups;
}

}  // namespace nnstretch::plan

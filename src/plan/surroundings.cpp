#include "plan/surroundings.h"

namespace nnstretch::plan {

std::vector<int> Surroundings::cores() const {
  std::vector<int> ids;
  for (const Core& core : topology.cores) ids.push_back(core.id);
  return ids;
}

Surroundings this_process(const engines::EngineList::Options& options) {
  return {.topology = this_topology(), .engines = engines::EngineList(options)};
}

}  // namespace nnstretch::plan

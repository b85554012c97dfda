#include "plan/surroundings.h"

namespace nnstretch::plan {

std::vector<int> Surroundings::cores() const {
  std::vector<int> ids;
  for (const Core& core : topology.cores) ids.push_back(core.id);
  return ids;
}

Surroundings this_process(const engines::EngineList::Options& options) {
  Surroundings here{.topology = this_topology(), .engines = engines::EngineList(options)};
  here.plans = options.choices;
  if (here.plans && !here.plans->empty()) here.plans->replace_extension(".plans.json");
  return here;
}

}  // namespace nnstretch::plan

// What a network is planned and run with, of all that a process could look up: it is passed in. One
// is made by main(), by the library, or by a test; several may live in one process.
//     const Surroundings here = this_process();
//     Plan plan = plan_for(model, placing, here);
#pragma once
#include <vector>

#include "base/topology.h"
#include "engines/list.h"
#include "plan/cost_model.h"

namespace nnstretch::plan {

struct Surroundings {
  Topology topology;  // the cores that may be used
  engines::EngineList engines;
  CostModel cost = {};

  std::vector<int> cores() const;  // their numbers, ascending
  int threads() const { return static_cast<int>(topology.cores.size()); }
};

// The cores this process may use, and the engines of this build.
Surroundings this_process(const engines::EngineList::Options& options = {});

}  // namespace nnstretch::plan

// What a network is planned and run with, of all that a process could look up: it is passed in. One
// is made by main(), by the library, or by a test; several may live in one process.
//     const Surroundings here = this_process();
//     Plan plan = plan_for(model, placing, here);
#pragma once
#include <filesystem>
#include <optional>
#include <vector>

#include "base/topology.h"
#include "engines/list.h"
#include "plan/cost_model.h"

namespace nnstretch::plan {

struct Surroundings {
  Topology topology;  // the cores that may be used
  engines::EngineList engines;
  CostModel cost = {};
  // Where it is kept which plan of a network was the fastest. None given: in the cache folder, if
  // there is one. An empty path: nowhere.
  std::optional<std::filesystem::path> plans = std::filesystem::path();

  std::vector<int> cores() const;  // their numbers, ascending
  int threads() const { return static_cast<int>(topology.cores.size()); }
};

// The cores this process may use, and the engines of this build. What was the fastest plan is kept
// beside what was the fastest engine.
Surroundings this_process(const engines::EngineList::Options& options = {});

}  // namespace nnstretch::plan

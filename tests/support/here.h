// The surroundings of tests that bring none of their own: the cores of this process and the engines
// of this build.
#pragma once
#include <utility>

#include "plan/surroundings.h"
#include "support/engine_list.h"

namespace nnstretch::testing {

inline plan::Surroundings here() { return {.topology = this_topology(), .engines = engine_list()}; }

// With engines of the test's own.
inline plan::Surroundings here_with(engines::EngineList::Find find) {
  return {.topology = this_topology(), .engines = engines::EngineList({}, std::move(find))};
}

// The same on another machine, and with so many cores.
inline plan::Surroundings here_on(Topology topology) {
  return {.topology = std::move(topology), .engines = engine_list()};
}
inline plan::Surroundings with_cores(size_t count) {
  plan::Surroundings fewer = here();
  if (fewer.topology.cores.size() > count) fewer.topology.cores.resize(count);
  return fewer;
}

}  // namespace nnstretch::testing

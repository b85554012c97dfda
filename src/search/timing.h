// Pieces timed on a processor of this machine, as they run in a network: in turns, so that each
// finds the caches as another left them, the least of many times, by the clock of
// engines::clock_of().
//     const auto times = time_parts({int8_part(graph, "s1")}, processor, here.engines);
#pragma once
#include <map>
#include <string>
#include <vector>

#include "engines/list.h"
#include "ir/graph.h"

namespace nnstretch::search {

// The int8 network of a float graph, with made-up weights and ranges: what it computes means
// nothing, how long it takes does.
ir::Model int8_part(const ir::Graph& graph, const std::string& name);

struct PartTime {
  double us = 0;                          // by the fastest engine
  std::map<std::string, double> engines;  // of each; those that refuse or fail are not in it
};

// As many parts as are timed in turns.
inline constexpr size_t kInTurns = 24;
// In the order of the parts; `engine: auto` tries each engine. EngineError if none takes a part.
std::vector<PartTime> time_parts(const std::vector<ir::Model>& parts,
                                 const engines::Processor& processor,
                                 const engines::EngineList& engines);

// How many times slower each processor is while all others work: a part on each at the same time,
// against the same alone. Not below 1. One part a processor.
std::vector<double> time_together(const std::vector<ir::Model>& parts,
                                  const std::vector<engines::Processor>& processors,
                                  const engines::EngineList& engines);

}  // namespace nnstretch::search

// How fast compiled parts are on a processor.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "engines/engine.h"

namespace nnstretch::engines {

struct Lap {
  double microseconds = 0;  // the fastest run
  std::string failure;      // why there is none; empty if there is
};

// Runs the parts in turns, so that a disturbance hits all alike, on a thread of its own that is
// bound to the processor's cores, with zeros as input and the caches of other work. One Lap a part,
// in their order.
std::vector<Lap> race(const std::vector<std::shared_ptr<const CompiledPart>>& parts,
                      const ir::Graph& graph, const Processor& processor);

}  // namespace nnstretch::engines

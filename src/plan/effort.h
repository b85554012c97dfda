// How long a node takes, guessed from its shape, to compare with others of the same network.
#pragma once
#include "ir/graph.h"

namespace nnstretch::plan {

// In int8 multiply-adds of a core that does 50 to 100 of them a nanosecond; meanwhile it reads or
// writes one eighth as many bytes of a cache.
inline double effort(const ir::Graph& graph, ir::NodeId id) {
  constexpr int64_t kMemory = 8;
  const ir::Cost cost = ir::cost_of(graph, id);
  return static_cast<double>(cost.flops +
                             kMemory * (ir::count(graph.node(id).type.shape) + cost.params));
}

}  // namespace nnstretch::plan

// How long a node takes, guessed from its shape, to compare with others of the same network.
#pragma once
#include "ir/graph.h"

namespace nnstretch::plan {

// In int8 multiply-adds of a core that does 50 to 100 of them a nanosecond; meanwhile it reads or
// writes one eighth as many bytes of a cache.
inline double effort(const ir::Graph& graph, ir::NodeId id) {
  constexpr int64_t kMemory = 8;
  const ir::Shape& out = graph.node(id).type.shape;
  const auto in = graph.input_shapes(id);
  const auto cost_of = [&](const auto& op) { return cost(op, in, out); };
  const ir::Cost cost = std::visit(cost_of, graph.node(id).op);
  return static_cast<double>(cost.flops + kMemory * (ir::count(out) + cost.params));
}

}  // namespace nnstretch::plan

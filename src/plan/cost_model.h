// How long a node takes, guessed, to compare with others of the same network.
#pragma once
#include <functional>

#include "ir/graph.h"

namespace nnstretch::plan {

// By its shape: in int8 multiply-adds of a core that does 50 to 100 of them a nanosecond; meanwhile
// it reads or writes one eighth as many bytes of a cache.
inline double effort_by_shape(const ir::Graph& graph, ir::NodeId id) {
  constexpr int64_t kMemory = 8;
  const ir::Cost cost = ir::cost_of(graph, id);
  return static_cast<double>(cost.flops +
                             kMemory * (ir::count(graph.node(id).type.shape) + cost.params));
}

struct CostModel {
  std::function<double(const ir::Graph&, ir::NodeId)> effort = effort_by_shape;
  // What a meeting point and the call of another part cost, in the same unit: 40 us of a core that
  // does 100 int8 multiply-adds a nanosecond.
  double meeting = 4e6;
};

}  // namespace nnstretch::plan

// Which values of a graph may lie in the same memory, because one is read for the last time before
// the other is written.
#pragma once
#include <cstddef>
#include <vector>

#include "ir/graph.h"

namespace nnstretch::engines {

struct MemoryPlan {
  static constexpr size_t kOutside = static_cast<size_t>(-1);

  std::vector<size_t> block_of;  // by node; kOutside for inputs and outputs, whose memory is bound
  std::vector<size_t> block_bytes;  // by block
};

// For nodes that run one after another in the order of the graph.
MemoryPlan plan_memory(const ir::Graph& graph);

}  // namespace nnstretch::engines

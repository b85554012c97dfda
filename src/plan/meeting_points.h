// Concatenations where processors meet, copied to those who read them.
#pragma once
#include <vector>

#include "plan/partition.h"

namespace nnstretch::plan {

inline constexpr int kNoProcessor = -1;  // of an Input: its value is there before anyone starts

struct AssignedGraph {
  ir::Graph graph;
  std::vector<int> processor;  // of each node
};

// A concatenation whose operands are made on, or whose readers are on, several processors (or none
// of them on its own) becomes one copy a reading processor, named NAME@PROCESSOR but for the first;
// if the network gives it out, its own processor has a copy too, which is the output.
// Everything else stays where it was assigned. Nodes that no output needs are dropped.
AssignedGraph assign(const ir::Graph& graph, const Assignment& assignment);

}  // namespace nnstretch::plan

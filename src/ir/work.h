// A graph as far as its speed goes: what is measured of one holds for all that do the same work.
#pragma once
#include <string>

#include "ir/graph.h"

namespace nnstretch::ir {

// Operators, types and shapes, without names, places, weights and scales: equal for equal work.
std::string work_of(const Graph& graph);

}  // namespace nnstretch::ir

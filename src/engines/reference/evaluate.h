// A graph, its inputs, its outputs: one call of the reference kernels, for tests and as a fall-back
// where no engine takes a graph.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "ir/graph.h"

namespace nnstretch::engines {

// The values of the graph's outputs, in their order. `inputs` are the values of its inputs, dense
// NHWC. ShapeError if they do not fit; EngineError as ReferenceEngine throws it.
std::vector<std::vector<std::byte>> evaluate(const ir::Model& model,
                                             std::span<const std::vector<std::byte>> inputs);

}  // namespace nnstretch::engines

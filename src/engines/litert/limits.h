// Scales that LiteRT cannot take. TFLite's kernels end the process when a factor of their
// fixed-point arithmetic is out of its range, XNNPACK fails to compile and then frees memory twice:
// both are found here, before the library sees the graph.
#pragma once
#include <optional>
#include <string>

#include "ir/graph.h"

namespace nnstretch::engines::litert {

// Why the scales of a node and its operands are refused, or nothing.
std::optional<std::string> scale_refusal(const ir::Graph& graph, ir::NodeId id);

// EngineError naming the first node whose weights, in steps of their own, are too coarse for its
// result.
void check_weight_scales(const ir::Model& part);

}  // namespace nnstretch::engines::litert

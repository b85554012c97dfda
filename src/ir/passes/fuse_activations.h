// After: a relu or relu6 that alone reads a convolution, sum, product or linear layer is part of
// it, as int8 files want it (the activation is the clamp of the requantised result).
#pragma once
#include "ir/graph.h"

namespace nnstretch::ir {

// The fused node has the activation's name.
[[nodiscard]] Graph fuse_activations(const Graph& graph);

// After: silu(x) is x * sigmoid(x), as int8 files have it. The product has the silu's name, the
// gate that name and "_sigmoid".
[[nodiscard]] Graph expand_silu(const Graph& graph);

}  // namespace nnstretch::ir

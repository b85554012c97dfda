// After: a relu or relu6 that alone reads a convolution, sum, difference, product or linear layer
// is part of it, as int8 files want it (the activation is the clamp of the requantised result).
#pragma once
#include "ir/graph.h"

namespace nnstretch::ir {

// The fused node has the activation's name.
[[nodiscard]] Graph fuse_activations(const Graph& graph);

// The way back, for int8 graphs: after it no node has a relu or relu6 fused, and every value has
// the bytes it had. Where the smallest or largest int8 value is as good a bound, the activation is
// gone; elsewhere it stands alone under the node's name, behind the node that now has "_linear" in
// its.
[[nodiscard]] Graph separate_activations(const Graph& graph);

// After: silu(x) is x * sigmoid(x), as int8 files have it. The product has the silu's name, the
// gate that name and "_sigmoid".
[[nodiscard]] Graph expand_silu(const Graph& graph);

}  // namespace nnstretch::ir

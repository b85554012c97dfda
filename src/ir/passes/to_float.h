// An int8 network, or a part of one, for a processor that computes in float.
#pragma once
#include "ir/graph.h"

namespace nnstretch::ir {

// After: inputs and outputs have the types they had; an int8 input is dequantised once, an int8
// output quantised once, and everything between computes in float32 with dequantised weights.
// Rescaling between int8 scales is gone, so is the rounding inside the part.
// A model without int8 values comes back as it is.
[[nodiscard]] Model to_float(const Model& model);

}  // namespace nnstretch::ir

// A part in the form that LiteRT's GPU accelerator computes right. Version 2.3.0 says that it takes
// a convolution in groups and one of 1x1 that strides, and gives wrong values for both (it ignores
// the groups and the stride); so it does for a depthwise one of several results a channel.
#pragma once
#include "ir/graph.h"

namespace nnstretch::engines::litert {

// Computes the same bytes. After: a convolution in groups that has not one result a channel is one
// convolution a group between slices and a concatenation; a dense convolution of 1x1 that strides
// is one of 2x2 whose other weights are 0.
[[nodiscard]] ir::Model gpu_model(const ir::Model& part);

}  // namespace nnstretch::engines::litert

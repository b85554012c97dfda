// Weights as OpenVINO's int8 path expects them: int8 constants, converted and scaled per channel.
#pragma once
#include "engines/openvino/nodes.h"
#include "ir/weight_store.h"

namespace nnstretch::engines::openvino {

// A weight in `shape` (its elements in their order), float or int8; dimension 0 of the tensor is
// the output channel. `scale_shape` has one element an output channel. FormatError if the tensor is
// of another type, ShapeError if there are neither 1 nor one scale a channel.
Value filter(const ir::Tensor& tensor, const ov::Shape& shape, const ov::Shape& scale_shape);

// A convolution's weight (out, in, height, width) with zeros below and to the right of its kernels.
ir::Tensor widened(const ir::Tensor& tensor, int height, int width);

// A bias, float or int32 with scales, as float numbers.
std::vector<float> bias(const ir::Tensor& tensor);

}  // namespace nnstretch::engines::openvino

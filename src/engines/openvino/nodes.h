// The few OpenVINO nodes that lowering is made of. Values inside a part are float32; those of rank
// 4 are NCHW, as OpenVINO's operators want them.
#pragma once
#include <openvino/core/node.hpp>
#include <span>
#include <vector>

#include "ir/ops/kernel.h"
#include "ir/weight_store.h"

namespace nnstretch::engines::openvino {

using Value = ov::Output<ov::Node>;

Value scalar(float number);
// One float a channel, broadcast against a value of rank 4 or 2.
Value per_channel(std::span<const float> numbers, size_t rank);
Value transpose(const Value& x, std::vector<int> order);
Value to_nchw(const Value& nhwc);  // values of rank 2 are returned as they are
Value to_nhwc(const Value& nchw);
// The bytes of NHWC, for the end of a part, in the shape (N, H * W, C): OpenVINO 2026.4.1 leaves
// out this transposition behind any kernel that keeps channels last, but one of rank 4 only
// behind some; behind a convolution with a sum in it that one takes two passes.
Value output_nhwc(const Value& nchw);
// The axis of an NHWC value in the NCHW form of it.
int nchw_axis(int nhwc_axis, size_t rank);
Value activate(const Value& x, ir::Act act);
// Several times the same is no Concat. OpenVINO 2026.4.1 makes a Broadcast of it along a dimension
// of 1; of one channel that repeats the wrong dimension where it reads NCHW and writes NHWC (so
// does a Tile).
Value concatenation(const ov::OutputVector& pieces, int axis);
Value reshape(const Value& x, const ir::Shape& shape);
// Rounds float values to the 256 steps of an int8 or uint8 type and clamps them to its range.
Value fake_quantise(const Value& x, DType type, const ir::Quant& quant);
// Float values to int8 or uint8. Written so that a convolution in front of it stores int8 itself.
Value quantise(const Value& x, DType type, const ir::Quant& quant);
// Stored values counted from the lowest (int8 plus 128, or uint8) to float. The library recognises
// this form, with the steps spelled out behind it, and feeds int8 kernels from it at no cost; a
// Transpose must come after it, or the first convolution runs in f32.
Value dequantise(const Value& from_zero, DType type, const ir::Quant& quant);
// What the stored numbers of a constant of this type stand for.
std::vector<float> real_values(const ir::Tensor& stored, const ir::TensorType& type);

ov::Shape ov_shape(const ir::Shape& shape);

}  // namespace nnstretch::engines::openvino

// Real numbers and the elements of a tensor that stand for them: the one place that knows how.
//     std::vector<std::byte> pixels = from_floats(image, graph.node(input).type);
//     std::vector<float> logits = to_floats(bytes, graph.node(output).type);
// Every element type has its own range: uint8 0 to 255, int8 -128 to 127, and so on. Shapes are not
// looked at; whoever has one compares sizes.
#pragma once
#include <optional>
#include <span>
#include <vector>

#include "ir/weight_store.h"

namespace nnstretch::ir {

// real = scale * (stored - zero_point). Of several scales element i has number
// i / inner % scales.size(). No scales: stored numbers are real ones.
struct Scales {
  std::vector<float> scales = {};
  std::vector<int64_t> zero_points = {};  // one a scale; empty: all are 0
  size_t inner = 1;                       // elements side by side that share a scale
};
Scales scales_of(const TensorType& type);
Scales scales_of(const Tensor& tensor);

// FormatError for bytes that are no whole number of elements. Float64 and wide integers are rounded
// to the nearest float.
std::vector<float> to_floats(std::span<const std::byte> bytes, DType type, const Scales& scales);
std::vector<float> to_floats(std::span<const std::byte> bytes, const TensorType& type);
std::vector<float> to_floats(const Tensor& tensor);

// Integers: halves away from zero, beyond the type's range (infinity too) its nearest end. Floats
// of 16 bits: halves to even, beyond the range infinity. FormatError for NaN and a type of
// integers, which has nothing that stands for it.
std::vector<std::byte> from_floats(std::span<const float> values, DType type, const Scales& scales);
std::vector<std::byte> from_floats(std::span<const float> values, const TensorType& type);

// The real numbers of a quantised tensor: what is rounded to its last steps, and no further. Those
// beyond are lost. Infinite for other types.
struct Reach {
  float least, most;
};
Reach reach(const TensorType& type);
size_t count_beyond(std::span<const float> values, const Reach& reach);

// Index of the first NaN.
std::optional<size_t> first_nan(std::span<const float> values);

// Dense values of four dimensions in the other order; `nhwc` is the shape with channels last in
// both. Of another number of dimensions they come back as they are.
std::vector<std::byte> nchw_from_nhwc(std::span<const std::byte> bytes, const Shape& nhwc,
                                      size_t element);
std::vector<std::byte> nhwc_from_nchw(std::span<const std::byte> bytes, const Shape& nhwc,
                                      size_t element);

}  // namespace nnstretch::ir

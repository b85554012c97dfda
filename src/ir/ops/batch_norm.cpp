#include "ir/ops/batch_norm.h"

#include <cmath>

#include "base/error.h"

namespace nnstretch::ir {

Shape infer(const BatchNorm&, std::span<const Shape> in) { return in[0]; }

std::vector<Shape> weight_shapes(const BatchNorm&, std::span<const Shape> in) {
  return std::vector<Shape>(4, Shape{in[0].back()});
}

// The running statistics are not learnt: two numbers a channel.
Cost cost(const BatchNorm&, std::span<const Shape> in, const Shape&) {
  return {.params = 2 * in[0].back()};
}

void reference(const BatchNorm& op, std::span<const View> in, std::span<const View> weights,
               MutView out) {
  if (out.type.dtype != DType::f32)
    throw ShapeError({.what = "batch norm has no int8 form",
                      .fix = "fold it into the convolution before quantisation"});
  const float* x = in[0].as<float>();
  float* y = out.as<float>();
  const int64_t channels = in[0].type.shape.back();
  std::vector<float> scale(static_cast<size_t>(channels)), shift(scale.size());
  for (int64_t c = 0; c < channels; ++c) {
    const double deviation = std::sqrt(double{weights[3].as<float>()[c]} + double{op.eps});
    const double factor = weights[0].as<float>()[c] / deviation;
    scale[c] = static_cast<float>(factor);
    shift[c] = static_cast<float>(weights[1].as<float>()[c] - weights[2].as<float>()[c] * factor);
  }
  for (int64_t i = 0; i < count(in[0].type.shape); i += channels)
    for (int64_t c = 0; c < channels; ++c) y[i + c] = x[i + c] * scale[c] + shift[c];
}

}  // namespace nnstretch::ir

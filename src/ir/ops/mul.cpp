#include "ir/ops/mul.h"

#include <fmt/format.h>

#include "base/error.h"
#include "ir/ops/apply_act.h"
#include "ir/ops/fixed_point.h"

namespace nnstretch::ir {

Shape infer(const Mul&, std::span<const Shape> in) {
  const Shape& x = in[0];
  const bool gate = x.size() == 4 && in[1] == Shape{x[0], 1, 1, x[3]};
  if (in[1] != x && !gate)
    throw ShapeError(
        {.what = fmt::format("cannot multiply {} by {}", to_string(x), to_string(in[1]))});
  return x;
}

std::vector<Shape> weight_shapes(const Mul&, std::span<const Shape>) { return {}; }

Cost cost(const Mul&, std::span<const Shape>, const Shape&) { return {}; }

// Calls each(i, j) for every element i of the product; j is the element of the second operand.
static void for_each_pair(std::span<const View> in, const auto& each) {
  const Shape& shape = in[0].type.shape;
  if (in[1].type.shape == shape) {
    for (int64_t i = 0; i < count(shape); ++i) each(i, i);
    return;
  }
  const int64_t pixels = shape[1] * shape[2], channels = shape[3];
  for (int64_t n = 0, i = 0; n < shape[0]; ++n)
    for (int64_t pixel = 0; pixel < pixels; ++pixel)
      for (int64_t c = 0; c < channels; ++c) each(i++, n * channels + c);
}

static void mul_i8(const Mul& op, std::span<const View> in, MutView out) {
  const Quant &a = *in[0].type.quant, &b = *in[1].type.quant, &to = *out.type.quant;
  const Multiplier factor =
      quantize_multiplier(a.scale * b.scale / to.scale);  // in float, as TF-Lite
  const StoredRange range = stored_range(op.act, to);
  for_each_pair(in, [&](int64_t i, int64_t j) {
    const int32_t x = in[0].as<int8_t>()[i] - a.zero_point;
    const int32_t y = in[1].as<int8_t>()[j] - b.zero_point;
    out.as<int8_t>()[i] = narrow(factor.apply(x * y), to.zero_point, range);
  });
}

void reference(const Mul& op, std::span<const View> in, std::span<const View>, MutView out) {
  if (out.type.dtype == DType::i8) return mul_i8(op, in, out);
  for_each_pair(in, [&](int64_t i, int64_t j) {
    out.as<float>()[i] = in[0].as<float>()[i] * in[1].as<float>()[j];
  });
  apply_act(op.act, {out.as<float>(), static_cast<size_t>(count(out.type.shape))});
}

}  // namespace nnstretch::ir

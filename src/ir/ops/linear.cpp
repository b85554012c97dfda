#include "ir/ops/linear.h"

#include <fmt/format.h>

#include <cmath>
#include <functional>

#include "base/error.h"
#include "ir/ops/apply_act.h"
#include "ir/ops/fixed_point.h"

namespace nnstretch::ir {

Shape infer(const Linear& op, std::span<const Shape> in) {
  if (in[0].size() != 2 || op.out_features < 1)
    throw ShapeError({.what = fmt::format("a linear layer of {} outputs cannot take {}",
                                          op.out_features, to_string(in[0]))});
  return {in[0][0], op.out_features};
}

std::vector<Shape> weight_shapes(const Linear& op, std::span<const Shape> in) {
  return {{op.out_features, in[0][1]}, {op.out_features}};
}

Cost cost(const Linear& op, std::span<const Shape> in, const Shape& out) {
  const int64_t params = in[0][1] * op.out_features + op.out_features;
  return {.flops = params, .params = params, .acts = count(out)};
}

static void linear_f32(const Linear& op, std::span<const View> in, std::span<const View> weights,
                       MutView out) {
  const int64_t depth = in[0].type.shape[1];
  float* target = out.as<float>();
  for (int64_t n = 0; n < in[0].type.shape[0]; ++n)
    for (int64_t o = 0; o < op.out_features; ++o) {
      const float *x = in[0].as<float>() + n * depth, *w = weights[0].as<float>() + o * depth;
      double sum = weights[1].as<float>()[o];
      for (int64_t i = 0; i < depth; ++i) sum += double{x[i]} * double{w[i]};
      *target++ = apply_act(op.act, static_cast<float>(sum));
    }
}

// Steps of the output for a 32-bit sum. TF-Lite's reference kernel rounds once, in double, where
// each output has its own weight scale, and twice, in integers, where all share one.
static std::function<int32_t(int32_t, int64_t)> rescaling(const Quant& in, const Quant& out,
                                                          std::span<const float> scales) {
  if (scales.size() == 1)
    return [factor = quantize_multiplier(double{in.scale * scales[0]} / double{out.scale})](
               int32_t sum, int64_t) { return factor.apply(sum); };
  return [&in, &out, scales](int32_t sum, int64_t o) {
    const double factor = double{in.scale} * double{scales[o]} / double{out.scale};
    return static_cast<int32_t>(std::clamp(std::round(sum * factor), -1e6, 1e6));
  };
}

static void linear_i8(const Linear& op, std::span<const View> in, std::span<const View> weights,
                      MutView out) {
  const Quant &from = *in[0].type.quant, &to = *out.type.quant;
  const auto rescale = rescaling(from, to, weights[0].scales);
  const StoredRange range = stored_range(op.act, to);
  const int64_t depth = in[0].type.shape[1];
  int8_t* target = out.as<int8_t>();
  for (int64_t n = 0; n < in[0].type.shape[0]; ++n)
    for (int64_t o = 0; o < op.out_features; ++o) {
      const int8_t *x = in[0].as<int8_t>() + n * depth, *w = weights[0].as<int8_t>() + o * depth;
      auto sum = static_cast<uint32_t>(weights[1].as<int32_t>()[o]);  // wraps
      for (int64_t i = 0; i < depth; ++i)
        sum += static_cast<uint32_t>((x[i] - from.zero_point) * w[i]);
      *target++ = narrow(rescale(static_cast<int32_t>(sum), o), to.zero_point, range);
    }
}

void reference(const Linear& op, std::span<const View> in, std::span<const View> weights,
               MutView out) {
  if (out.type.dtype == DType::i8)
    linear_i8(op, in, weights, out);
  else
    linear_f32(op, in, weights, out);
}

}  // namespace nnstretch::ir

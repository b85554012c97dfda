#include "ir/ops/mean.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "base/error.h"
#include "ir/ops/fixed_point.h"

namespace nnstretch::ir {

Shape infer(const Mean& op, std::span<const Shape> in) {
  if (in[0].size() != 4)
    throw ShapeError(
        {.what = fmt::format("a mean needs an NHWC tensor, not {}", to_string(in[0]))});
  return op.keep ? Shape{in[0][0], 1, 1, in[0][3]} : Shape{in[0][0], in[0][3]};
}

std::vector<Shape> weight_shapes(const Mean&, std::span<const Shape>) { return {}; }

Cost cost(const Mean&, std::span<const Shape>, const Shape&) { return {}; }

// Calls each(n * channels + c, sum) with the sum over height and width.
template <class T, class Sum>
static void for_each_sum(const View& in, const auto& each) {
  const Shape& shape = in.type.shape;
  const int64_t pixels = shape[1] * shape[2], channels = shape[3];
  std::vector<Sum> sums(static_cast<size_t>(channels));
  const T* x = in.as<T>();
  for (int64_t n = 0; n < shape[0]; ++n) {
    std::fill(sums.begin(), sums.end(), Sum{});
    for (int64_t pixel = 0; pixel < pixels; ++pixel)
      for (int64_t c = 0; c < channels; ++c) sums[c] += *x++;
    for (int64_t c = 0; c < channels; ++c) each(n * channels + c, sums[c]);
  }
}

// s_in / s_out with 1 / count taken into it, cut to an integer as TF-Lite cuts it.
static Multiplier mean_multiplier(const Quant& in, const Quant& out, int64_t count) {
  Multiplier factor = quantize_multiplier(double{in.scale} / double{out.scale});
  const int log2 = 63 - std::countl_zero(static_cast<uint64_t>(count));
  const int shift = std::min({log2, 32, 31 + factor.shift});
  factor.value = static_cast<int32_t>((int64_t{factor.value} << shift) / count);
  factor.shift -= shift;
  return factor;
}

static void mean_i8(const View& in, int64_t pixels, MutView out) {
  const Quant &from = *in.type.quant, &to = *out.type.quant;
  const Multiplier factor = mean_multiplier(from, to, pixels);
  for_each_sum<int8_t, int64_t>(in, [&](int64_t i, int64_t sum) {
    const auto above_zero = static_cast<int32_t>(sum - from.zero_point * pixels);
    out.as<int8_t>()[i] = narrow(factor.apply(above_zero), to.zero_point);
  });
}

void reference(const Mean&, std::span<const View> in, std::span<const View>, MutView out) {
  const int64_t pixels = in[0].type.shape[1] * in[0].type.shape[2];
  if (out.type.dtype == DType::i8) return mean_i8(in[0], pixels, out);
  for_each_sum<float, double>(in[0], [&](int64_t i, double sum) {
    out.as<float>()[i] = static_cast<float>(sum / static_cast<double>(pixels));
  });
}

}  // namespace nnstretch::ir

#include "ir/ops/sum.h"

#include "ir/ops/apply_act.h"
#include "ir/ops/fixed_point.h"

namespace nnstretch::ir {
namespace {

// Both operands are brought to twice the larger scale with 20 bits to spare, added, and brought to
// the scale of the output. Factors are made of float sums and quotients where TF-Lite makes them
// so.
void sum_i8(const View& left, const View& right, Sign sign, Act act, MutView out) {
  constexpr int kSpareBits = 20;
  const Quant &a = *left.type.quant, &b = *right.type.quant, &to = *out.type.quant;
  const double common = 2 * std::max(a.scale, b.scale);
  const Multiplier from_a = quantize_multiplier(a.scale / common);
  const Multiplier from_b = quantize_multiplier(b.scale / common);
  const Multiplier to_out = quantize_multiplier(common / ((1 << kSpareBits) * to.scale));
  const StoredRange range = stored_range(act, to);
  for_each_pair(left.type.shape, right.type.shape, out.type.shape,
                [&](int64_t i, int64_t j, int64_t k) {
                  const int32_t x = (left.as<int8_t>()[i] - a.zero_point) * (1 << kSpareBits);
                  const int32_t y = (right.as<int8_t>()[j] - b.zero_point) * (1 << kSpareBits);
                  const int32_t from_y = from_b.apply(y);
                  const int32_t steps = from_a.apply(x) + (sign == Sign::plus ? from_y : -from_y);
                  out.as<int8_t>()[k] = narrow(to_out.apply(steps), to.zero_point, range);
                });
}

}  // namespace

void sum(const View& a, const View& b, Sign sign, Act act, MutView out) {
  if (out.type.dtype == DType::i8) return sum_i8(a, b, sign, act, out);
  const float factor = sign == Sign::plus ? 1 : -1;
  for_each_pair(a.type.shape, b.type.shape, out.type.shape, [&](int64_t i, int64_t j, int64_t k) {
    out.as<float>()[k] = a.as<float>()[i] + factor * b.as<float>()[j];
  });
  apply_act(act, {out.as<float>(), static_cast<size_t>(count(out.type.shape))});
}

}  // namespace nnstretch::ir

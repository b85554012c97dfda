// Activations that stand alone. int8: relu and relu6 rescale and clamp; sigmoid, hard_sigmoid and
// gelu look up one of 256 values computed in float, hard_swish is 16-bit fixed point.
#include <fmt/format.h>

#include <array>
#include <cmath>

#include "base/error.h"
#include "ir/ops/activation.h"
#include "ir/ops/apply_act.h"
#include "ir/ops/fixed_point.h"

namespace nnstretch::ir {
namespace {

using Table = std::array<int8_t, 256>;  // by stored value + 128

Table table_of(const auto& value) {
  Table table;
  for (int stored = -128; stored < 128; ++stored) table[stored + 128] = value(stored);
  return table;
}

Table rectified(Act act, const Quant& from, const Quant& to) {
  const Multiplier factor = quantize_multiplier(from.scale / to.scale);  // in float, as TF-Lite
  const StoredRange range = stored_range(act, to);
  return table_of(
      [&](int x) { return narrow(factor.apply(x - from.zero_point), to.zero_point, range); });
}

Table rounded(float (*function)(float), const Quant& from, const Quant& to) {
  const float steps_per_unit = 1 / to.scale;
  return table_of([&](int x) {
    const float real = from.scale * static_cast<float>(x - from.zero_point);
    const float steps = std::clamp(std::round(function(real) * steps_per_unit), -1e6f, 1e6f);
    return narrow(static_cast<int32_t>(steps), to.zero_point);
  });
}

int16_t saturating_shift_left(int16_t value, int amount) {
  const int64_t shifted = int64_t{value} * (int64_t{1} << std::min(amount, 31));
  return static_cast<int16_t>(std::clamp<int64_t>(shifted, -32768, 32767));
}

// A Multiplier with a 15-bit fraction.
struct ShortMultiplier {
  explicit ShortMultiplier(float factor) {
    const Multiplier wide = quantize_multiplier(factor);
    value = static_cast<int16_t>(std::min<int64_t>((int64_t{wide.value} + (1 << 15)) >> 16, 32767));
    exponent = wide.shift;
  }
  int16_t value;
  int exponent;
};

// min(max(x + 3, 0), 6) / 6 as a fraction of 2^15, of an input in steps of s_in / 128 that `scale`
// brings to steps of 3 / 2^15. Saturation on the way up is what clamps at +-3.
int16_t gate(int16_t fine, const ShortMultiplier& scale) {
  int16_t value = fine;
  if (scale.exponent > 0) value = saturating_shift_left(value, scale.exponent - 1);
  value = doubling_high_product(value, scale.value);
  if (scale.exponent > 0) value = saturating_shift_left(value, 1);
  if (scale.exponent < 0)
    value = static_cast<int16_t>(rounding_shift_right(value, -scale.exponent));
  return static_cast<int16_t>((value + (1 << 15)) >> 1);
}

Table hard_swished(const Quant& from, const Quant& to) {
  const float fine_scale = (1.0f / 128.0f) * from.scale;
  const ShortMultiplier to_out(fine_scale / to.scale), to_gate(fine_scale / (3.0f / 32768.0f));
  if (to_out.exponent > 0)
    throw ShapeError(
        {.what = fmt::format("hard_swish from scale {} to scale {} does not fit 16 bits",
                             from.scale, to.scale),
         .fix = "give its output a scale above 1/128 of its input's"});
  return table_of([&](int x) {
    const auto fine = static_cast<int16_t>((x - from.zero_point) * 128);
    const int16_t on_out_scale = doubling_high_product(fine, to_out.value);
    const int product = gate(fine, to_gate) * on_out_scale / (1 << 15);  // towards zero: no bias
    return narrow(rounding_shift_right(product, -to_out.exponent), to.zero_point);
  });
}

Table table_of(Act kind, const Quant& from, const Quant& to) {
  switch (kind) {
    case Act::none:
    case Act::relu:
    case Act::relu6:
      return rectified(kind, from, to);
    case Act::sigmoid:
      return rounded(sigmoid, from, to);
    case Act::gelu:
      return rounded(gelu, from, to);
    case Act::hard_sigmoid:
      return rounded(hard_sigmoid, from, to);
    case Act::hard_swish:
      return hard_swished(from, to);
    case Act::silu:
      break;
  }
  throw ShapeError({.what = fmt::format("{} has no int8 form", name_of(kind)),
                    .fix = "write it as a sigmoid and a product"});
}

}  // namespace

void reference(const Activation& op, std::span<const View> in, std::span<const View>, MutView out) {
  const auto size = static_cast<size_t>(count(out.type.shape));
  if (out.type.dtype == DType::i8) {
    const Table table = table_of(op.kind, *in[0].type.quant, *out.type.quant);
    for (size_t i = 0; i < size; ++i) out.as<int8_t>()[i] = table[in[0].as<int8_t>()[i] + 128];
    return;
  }
  std::copy_n(in[0].as<float>(), size, out.as<float>());
  apply_act(op.kind, {out.as<float>(), size});
}

}  // namespace nnstretch::ir

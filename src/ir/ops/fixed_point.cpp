#include "ir/ops/fixed_point.h"

#include <fmt/format.h>

#include <cmath>

#include "base/error.h"

namespace nnstretch::ir {
namespace {

int32_t stored(float real, const Quant& quant) {
  const float steps = std::round(real / quant.scale);
  // Beyond a million steps the answer is "outside int8" whatever the zero point is.
  return quant.zero_point + static_cast<int32_t>(std::clamp(steps, -1e6f, 1e6f));
}

}  // namespace

Multiplier quantize_multiplier(double factor) {
  if (factor == 0) return {};
  if (!(factor > 0 && factor < 0x1p30))
    throw ShapeError({.what = fmt::format("scales differ by the factor {}", factor),
                      .fix = "quantise the graph again: a scale is broken"});
  Multiplier multiplier;
  const double fraction = std::frexp(factor, &multiplier.shift);
  auto fixed = static_cast<int64_t>(std::round(fraction * static_cast<double>(int64_t{1} << 31)));
  if (fixed == int64_t{1} << 31) {
    fixed /= 2;
    ++multiplier.shift;
  }
  if (multiplier.shift < -31) return {};
  multiplier.value = static_cast<int32_t>(fixed);
  return multiplier;
}

std::vector<Multiplier> channel_multipliers(const Quant& in, std::span<const float> weight_scales,
                                            const Quant& out, int64_t channels) {
  const auto given = static_cast<int64_t>(weight_scales.size());
  if (given != 1 && given != channels)
    throw ShapeError({.what = fmt::format("{} weight scales for {} channels", given, channels)});
  std::vector<Multiplier> multipliers;
  for (int64_t c = 0; c < channels; ++c) {
    const double weight_scale = weight_scales[given == 1 ? 0 : c];
    multipliers.push_back(quantize_multiplier(double{in.scale} * weight_scale / double{out.scale}));
  }
  return multipliers;
}

StoredRange stored_range(Act act, const Quant& quant) {
  StoredRange range;
  if (act == Act::none) return range;
  if (act != Act::relu && act != Act::relu6)
    throw ShapeError({.what = fmt::format("{} cannot be fused into an int8 operator", name_of(act)),
                      .fix = "put it in a node of its own"});
  range.min = std::max(range.min, quant.zero_point);
  if (act == Act::relu6) range.max = std::min(range.max, stored(6.0f, quant));
  return range;
}

}  // namespace nnstretch::ir

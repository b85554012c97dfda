#include "ir/ops/quantize.h"

#include <algorithm>
#include <cmath>

#include "ir/ops/fixed_point.h"

namespace nnstretch::ir {

Shape infer(const Quantize&, std::span<const Shape> in) { return in[0]; }

std::vector<Shape> weight_shapes(const Quantize&, std::span<const Shape>) { return {}; }

Cost cost(const Quantize&, std::span<const Shape>, const Shape&) { return {}; }

// Halves away from zero; beyond int8 the nearest end. Not a number becomes the zero point.
static void from_float(std::span<const float> x, const Quant& to, int8_t* y) {
  for (const float real : x) {
    const float steps = real / to.scale;
    const float bounded = std::isnan(steps) ? 0.0f : std::clamp(std::round(steps), -1e6f, 1e6f);
    *y++ = narrow(static_cast<int32_t>(bounded), to.zero_point);
  }
}

static void from_int8(std::span<const int8_t> x, const Quant& from, const Quant& to, int8_t* y) {
  const Multiplier factor = quantize_multiplier(double{from.scale} / double{to.scale});
  for (const int8_t stored : x)
    *y++ = narrow(factor.apply(stored - from.zero_point), to.zero_point);
}

void reference(const Quantize&, std::span<const View> in, std::span<const View>, MutView out) {
  const auto size = static_cast<size_t>(count(out.type.shape));
  const Quant& to = *out.type.quant;
  if (in[0].type.dtype == DType::i8)
    from_int8({in[0].as<int8_t>(), size}, *in[0].type.quant, to, out.as<int8_t>());
  else
    from_float({in[0].as<float>(), size}, to, out.as<int8_t>());
}

}  // namespace nnstretch::ir

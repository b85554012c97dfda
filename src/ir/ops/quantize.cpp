#include "ir/ops/quantize.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "ir/ops/fixed_point.h"

namespace nnstretch::ir {

Shape infer(const Quantize& op, std::span<const Shape> in) {
  if (op.to != DType::i8 && op.to != DType::u8)
    throw ShapeError({.what = "values are quantised to int8 or uint8"});
  return in[0];
}

std::vector<Shape> weight_shapes(const Quantize&, std::span<const Shape>) { return {}; }

Cost cost(const Quantize&, std::span<const Shape>, const Shape&) { return {}; }

// Halves away from zero; beyond the stored range its nearest end. Not a number becomes the zero
// point.
template <class To>
static void from_float(std::span<const float> x, const Quant& to, To* y) {
  for (const float real : x) {
    const float steps = real / to.scale;
    const float bounded = std::isnan(steps) ? 0.0f : std::clamp(std::round(steps), -1e6f, 1e6f);
    *y++ = narrow<To>(static_cast<int32_t>(bounded), to.zero_point);
  }
}

template <class From, class To>
static void from_stored(std::span<const From> x, const Quant& from, const Quant& to, To* y) {
  const Multiplier factor = quantize_multiplier(double{from.scale} / double{to.scale});
  for (const From stored : x)
    *y++ = narrow<To>(factor.apply(stored - from.zero_point), to.zero_point);
}

template <class To>
static void quantise(const View& in, MutView out) {
  const auto size = static_cast<size_t>(count(out.type.shape));
  const Quant& to = *out.type.quant;
  if (in.type.dtype == DType::i8)
    from_stored<int8_t, To>({in.as<int8_t>(), size}, *in.type.quant, to, out.as<To>());
  else if (in.type.dtype == DType::u8)
    from_stored<uint8_t, To>({in.as<uint8_t>(), size}, *in.type.quant, to, out.as<To>());
  else
    from_float<To>({in.as<float>(), size}, to, out.as<To>());
}

void reference(const Quantize& op, std::span<const View> in, std::span<const View>, MutView out) {
  if (op.to == DType::u8)
    quantise<uint8_t>(in[0], out);
  else
    quantise<int8_t>(in[0], out);
}

}  // namespace nnstretch::ir

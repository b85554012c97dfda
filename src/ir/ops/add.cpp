#include "ir/ops/add.h"

#include <fmt/format.h>

#include "base/error.h"
#include "ir/ops/apply_act.h"
#include "ir/ops/fixed_point.h"

namespace nnstretch::ir {

Shape infer(const Add&, std::span<const Shape> in) {
  if (in[0] != in[1])
    throw ShapeError(
        {.what = fmt::format("cannot add {} and {}", to_string(in[0]), to_string(in[1]))});
  return in[0];
}

std::vector<Shape> weight_shapes(const Add&, std::span<const Shape>) { return {}; }

Cost cost(const Add&, std::span<const Shape>, const Shape&) { return {}; }

// Both operands are brought to twice the larger scale with 20 bits to spare, added, and brought to
// the scale of the output. Factors are made of float sums and quotients where TF-Lite makes them
// so.
static void add_i8(const Add& op, std::span<const View> in, MutView out) {
  constexpr int kSpareBits = 20;
  const Quant &a = *in[0].type.quant, &b = *in[1].type.quant, &to = *out.type.quant;
  const double common = 2 * std::max(a.scale, b.scale);
  const Multiplier from_a = quantize_multiplier(a.scale / common);
  const Multiplier from_b = quantize_multiplier(b.scale / common);
  const Multiplier to_out = quantize_multiplier(common / ((1 << kSpareBits) * to.scale));
  const StoredRange range = stored_range(op.act, to);
  for (int64_t i = 0; i < count(out.type.shape); ++i) {
    const int32_t x = (in[0].as<int8_t>()[i] - a.zero_point) * (1 << kSpareBits);
    const int32_t y = (in[1].as<int8_t>()[i] - b.zero_point) * (1 << kSpareBits);
    out.as<int8_t>()[i] =
        narrow(to_out.apply(from_a.apply(x) + from_b.apply(y)), to.zero_point, range);
  }
}

void reference(const Add& op, std::span<const View> in, std::span<const View>, MutView out) {
  if (out.type.dtype == DType::i8) return add_i8(op, in, out);
  const auto size = static_cast<size_t>(count(out.type.shape));
  for (size_t i = 0; i < size; ++i)
    out.as<float>()[i] = in[0].as<float>()[i] + in[1].as<float>()[i];
  apply_act(op.act, {out.as<float>(), size});
}

}  // namespace nnstretch::ir

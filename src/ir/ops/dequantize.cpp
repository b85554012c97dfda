#include "ir/ops/dequantize.h"

#include "base/error.h"

namespace nnstretch::ir {

Shape infer(const Dequantize&, std::span<const Shape> in) { return in[0]; }

std::vector<Shape> weight_shapes(const Dequantize&, std::span<const Shape>) { return {}; }

Cost cost(const Dequantize&, std::span<const Shape>, const Shape&) { return {}; }

void reference(const Dequantize&, std::span<const View> in, std::span<const View>, MutView out) {
  const auto& quant = in[0].type.quant;
  if (!quant) throw ShapeError({.what = "only int8 values are dequantised"});
  const int8_t* x = in[0].as<int8_t>();
  for (int64_t i = 0; i < count(out.type.shape); ++i)
    out.as<float>()[i] = static_cast<float>(double{quant->scale} * (x[i] - quant->zero_point));
}

}  // namespace nnstretch::ir

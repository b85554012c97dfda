#include "ir/ops/dequantize.h"

#include "base/error.h"

namespace nnstretch::ir {

Shape infer(const Dequantize&, std::span<const Shape> in) { return in[0]; }

std::vector<Shape> weight_shapes(const Dequantize&, std::span<const Shape>) { return {}; }

Cost cost(const Dequantize&, std::span<const Shape>, const Shape&) { return {}; }

template <class From>
static void dequantise(const View& in, MutView out) {
  const Quant& quant = *in.type.quant;
  const From* x = in.as<From>();
  for (int64_t i = 0; i < count(out.type.shape); ++i)
    out.as<float>()[i] = static_cast<float>(double{quant.scale} * (x[i] - quant.zero_point));
}

void reference(const Dequantize&, std::span<const View> in, std::span<const View>, MutView out) {
  if (!in[0].type.quant) throw ShapeError({.what = "only int8 and uint8 values are dequantised"});
  if (in[0].type.dtype == DType::u8)
    dequantise<uint8_t>(in[0], out);
  else
    dequantise<int8_t>(in[0], out);
}

}  // namespace nnstretch::ir

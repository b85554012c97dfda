// To int8 or uint8: from float, or from stored values of another scale. The target's scale is the
// node's own Quant.
#pragma once
#include "ir/ops/kernel.h"

namespace nnstretch::ir {

struct Quantize {
  DType to = DType::i8;

  static constexpr std::string_view kName = "quantize";
  void fields([[maybe_unused]] auto&& f) { f("to", to); }
};

Shape infer(const Quantize& op, std::span<const Shape> in);
std::vector<Shape> weight_shapes(const Quantize& op, std::span<const Shape> in);
Cost cost(const Quantize& op, std::span<const Shape> in, const Shape& out);
void reference(const Quantize& op, std::span<const View> in, std::span<const View> weights,
               MutView out);

}  // namespace nnstretch::ir

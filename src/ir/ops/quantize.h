// To int8: from float, or from int8 of another scale. The target is the node's own Quant.
#pragma once
#include "ir/ops/kernel.h"

namespace nnstretch::ir {

struct Quantize {
  static constexpr std::string_view kName = "quantize";
  void fields([[maybe_unused]] auto&& f) {}
};

Shape infer(const Quantize& op, std::span<const Shape> in);
std::vector<Shape> weight_shapes(const Quantize& op, std::span<const Shape> in);
Cost cost(const Quantize& op, std::span<const Shape> in, const Shape& out);
void reference(const Quantize& op, std::span<const View> in, std::span<const View> weights,
               MutView out);

}  // namespace nnstretch::ir

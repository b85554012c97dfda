// exp(x) / sum of exp(x) over the last dimension. int8 is computed in float and rounded: TF-Lite's
// fixed-point kernel may be a step away.
#pragma once
#include "ir/ops/kernel.h"

namespace nnstretch::ir {

struct Softmax {
  static constexpr std::string_view kName = "softmax";
  void fields([[maybe_unused]] auto&& f) {}
};

Shape infer(const Softmax& op, std::span<const Shape> in);
std::vector<Shape> weight_shapes(const Softmax& op, std::span<const Shape> in);
Cost cost(const Softmax& op, std::span<const Shape> in, const Shape& out);
void reference(const Softmax& op, std::span<const View> in, std::span<const View> weights,
               MutView out);

}  // namespace nnstretch::ir

// Dimensions in another order: dimension i of the result is dimension order[i] of the operand.
#pragma once
#include "ir/ops/kernel.h"

namespace nnstretch::ir {

struct Transpose {
  Shape order;

  static constexpr std::string_view kName = "transpose";
  void fields([[maybe_unused]] auto&& f) { f("order", order); }
};

Shape infer(const Transpose& op, std::span<const Shape> in);
std::vector<Shape> weight_shapes(const Transpose& op, std::span<const Shape> in);
Cost cost(const Transpose& op, std::span<const Shape> in, const Shape& out);
void reference(const Transpose& op, std::span<const View> in, std::span<const View> weights,
               MutView out);

}  // namespace nnstretch::ir

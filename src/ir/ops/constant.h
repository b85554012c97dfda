// A value from the weights: no operands; its type is given. It belongs to no part of a plan but
// goes along with whoever reads it.
#pragma once
#include "ir/ops/kernel.h"

namespace nnstretch::ir {

struct Constant {
  TensorType type;

  static constexpr std::string_view kName = "constant";
  void fields([[maybe_unused]] auto&& f) { f("type", type); }
};

Shape infer(const Constant& op, std::span<const Shape> in);
std::vector<Shape> weight_shapes(const Constant& op, std::span<const Shape> in);
Cost cost(const Constant& op, std::span<const Shape> in, const Shape& out);
void reference(const Constant& op, std::span<const View> in, std::span<const View> weights,
               MutView out);

}  // namespace nnstretch::ir

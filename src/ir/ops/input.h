// An input of the graph: no operands; its type is given.
#pragma once
#include "ir/ops/kernel.h"

namespace nnstretch::ir {

struct Input {
  TensorType type;

  static constexpr std::string_view kName = "input";
  void fields([[maybe_unused]] auto&& f) { f("type", type); }
};

Shape infer(const Input& op, std::span<const Shape> in);
std::vector<Shape> weight_shapes(const Input& op, std::span<const Shape> in);
Cost cost(const Input& op, std::span<const Shape> in, const Shape& out);
void reference(const Input& op, std::span<const View> in, std::span<const View> weights,
               MutView out);

}  // namespace nnstretch::ir

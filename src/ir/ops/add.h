// Sum of two tensors (broadcast.h), with a fused activation.
#pragma once
#include "ir/ops/kernel.h"

namespace nnstretch::ir {

struct Add {
  Act act = Act::none;

  static constexpr std::string_view kName = "add";
  void fields([[maybe_unused]] auto&& f) { f("act", act); }
};

Shape infer(const Add& op, std::span<const Shape> in);
std::vector<Shape> weight_shapes(const Add& op, std::span<const Shape> in);
Cost cost(const Add& op, std::span<const Shape> in, const Shape& out);
void reference(const Add& op, std::span<const View> in, std::span<const View> weights, MutView out);

}  // namespace nnstretch::ir

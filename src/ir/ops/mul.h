// Product of two tensors (broadcast.h): a gate is (N,1,1,C), a constant factor any smaller shape.
#pragma once
#include "ir/ops/kernel.h"

namespace nnstretch::ir {

struct Mul {
  Act act = Act::none;

  static constexpr std::string_view kName = "mul";
  void fields([[maybe_unused]] auto&& f) { f("act", act); }
};

Shape infer(const Mul& op, std::span<const Shape> in);
std::vector<Shape> weight_shapes(const Mul& op, std::span<const Shape> in);
Cost cost(const Mul& op, std::span<const Shape> in, const Shape& out);
void reference(const Mul& op, std::span<const View> in, std::span<const View> weights, MutView out);

}  // namespace nnstretch::ir

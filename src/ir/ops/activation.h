// An element-wise activation that stands alone.
#pragma once
#include "ir/ops/kernel.h"

namespace nnstretch::ir {

struct Activation {
  Act kind = Act::relu;

  static constexpr std::string_view kName = "act";
  void fields([[maybe_unused]] auto&& f) { f("kind", kind); }
};

Shape infer(const Activation& op, std::span<const Shape> in);
std::vector<Shape> weight_shapes(const Activation& op, std::span<const Shape> in);
Cost cost(const Activation& op, std::span<const Shape> in, const Shape& out);
void reference(const Activation& op, std::span<const View> in, std::span<const View> weights,
               MutView out);

}  // namespace nnstretch::ir

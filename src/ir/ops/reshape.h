// The same elements in the same order under another shape.
#pragma once
#include "ir/ops/kernel.h"

namespace nnstretch::ir {

struct Reshape {
  Shape shape;

  static constexpr std::string_view kName = "reshape";
  void fields([[maybe_unused]] auto&& f) { f("shape", shape); }
};

Shape infer(const Reshape& op, std::span<const Shape> in);
std::vector<Shape> weight_shapes(const Reshape& op, std::span<const Shape> in);
Cost cost(const Reshape& op, std::span<const Shape> in, const Shape& out);
void reference(const Reshape& op, std::span<const View> in, std::span<const View> weights,
               MutView out);

}  // namespace nnstretch::ir

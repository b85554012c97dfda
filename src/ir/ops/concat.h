// Operands one after another along an axis; on channels it is the meeting point of a stage.
// int8 operands share one scale (quantize/int8.h), so it is a copy for every type.
#pragma once
#include "ir/ops/kernel.h"

namespace nnstretch::ir {

struct Concat {
  int axis = 3;

  static constexpr std::string_view kName = "concat";
  void fields([[maybe_unused]] auto&& f) { f("axis", axis); }
};

Shape infer(const Concat& op, std::span<const Shape> in);
std::vector<Shape> weight_shapes(const Concat& op, std::span<const Shape> in);
Cost cost(const Concat& op, std::span<const Shape> in, const Shape& out);
void reference(const Concat& op, std::span<const View> in, std::span<const View> weights,
               MutView out);

}  // namespace nnstretch::ir

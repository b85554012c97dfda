// Zeros (int8: the zero point) around height and width, where no window takes them in.
#pragma once
#include "ir/ops/kernel.h"

namespace nnstretch::ir {

struct Pad {
  Pads pads;

  static constexpr std::string_view kName = "pad";
  void fields([[maybe_unused]] auto&& f) { f("pads", pads); }
};

Shape infer(const Pad& op, std::span<const Shape> in);
std::vector<Shape> weight_shapes(const Pad& op, std::span<const Shape> in);
Cost cost(const Pad& op, std::span<const Shape> in, const Shape& out);
void reference(const Pad& op, std::span<const View> in, std::span<const View> weights, MutView out);

}  // namespace nnstretch::ir

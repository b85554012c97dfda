// Average over height and width: (N,H,W,C) to (N,1,1,C), or to (N,C) without `keep`.
#pragma once
#include "ir/ops/kernel.h"

namespace nnstretch::ir {

struct Mean {
  bool keep = true;

  static constexpr std::string_view kName = "mean";
  void fields([[maybe_unused]] auto&& f) { f("keep", keep); }
};

Shape infer(const Mean& op, std::span<const Shape> in);
std::vector<Shape> weight_shapes(const Mean& op, std::span<const Shape> in);
Cost cost(const Mean& op, std::span<const Shape> in, const Shape& out);
void reference(const Mean& op, std::span<const View> in, std::span<const View> weights,
               MutView out);

}  // namespace nnstretch::ir

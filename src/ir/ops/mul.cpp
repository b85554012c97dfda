#include "ir/ops/mul.h"

#include <fmt/format.h>

#include "base/error.h"

namespace nnstretch::ir {

Shape infer(const Mul&, std::span<const Shape> in) {
  const Shape& x = in[0];
  const bool gate = x.size() == 4 && in[1] == Shape{x[0], 1, 1, x[3]};
  if (in[1] != x && !gate)
    throw ShapeError({.what = fmt::format("cannot multiply {} by {}", to_string(x), to_string(in[1]))});
  return x;
}

std::vector<Shape> weight_shapes(const Mul&, std::span<const Shape>) { return {}; }

Cost cost(const Mul&, std::span<const Shape>, const Shape&) { return {}; }

}  // namespace nnstretch::ir

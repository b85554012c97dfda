#include "ir/ops/mean.h"

#include <fmt/format.h>

#include "base/error.h"

namespace nnstretch::ir {

Shape infer(const Mean& op, std::span<const Shape> in) {
  if (in[0].size() != 4)
    throw ShapeError({.what = fmt::format("a mean needs an NHWC tensor, not {}", to_string(in[0]))});
  return op.keep ? Shape{in[0][0], 1, 1, in[0][3]} : Shape{in[0][0], in[0][3]};
}

std::vector<Shape> weight_shapes(const Mean&, std::span<const Shape>) { return {}; }

Cost cost(const Mean&, std::span<const Shape>, const Shape&) { return {}; }

}  // namespace nnstretch::ir

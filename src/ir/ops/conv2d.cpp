#include "ir/ops/conv2d.h"

#include <fmt/format.h>

#include "base/error.h"

namespace nnstretch::ir {

Shape infer(const Conv2d& op, std::span<const Shape> in) {
  const Shape out = slide(op.window, in[0], op.out_channels);
  if (op.groups < 1 || op.out_channels < 1 || in[0][3] % op.groups || op.out_channels % op.groups)
    throw ShapeError(
        {.what = fmt::format("{} input and {} output channels cannot be split into {} groups",
                             in[0][3], op.out_channels, op.groups),
         .fix = "choose widths that are multiples of the group width"});
  return out;
}

std::vector<Shape> weight_shapes(const Conv2d& op, std::span<const Shape> in) {
  std::vector<Shape> shapes = {
      {op.out_channels, in[0][3] / op.groups, op.window.kernel.h, op.window.kernel.w}};
  if (op.bias) shapes.push_back({op.out_channels});
  return shapes;
}

Cost cost(const Conv2d& op, std::span<const Shape> in, const Shape& out) {
  const auto shapes = weight_shapes(op, in);
  Cost cost{.acts = count(out)};
  for (const Shape& shape : shapes) cost.params += count(shape);
  cost.flops = cost.params * out[1] * out[2];
  return cost;
}

}  // namespace nnstretch::ir

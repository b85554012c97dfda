#include "ir/ops/linear.h"

#include <fmt/format.h>

#include "base/error.h"

namespace nnstretch::ir {

Shape infer(const Linear& op, std::span<const Shape> in) {
  if (in[0].size() != 2 || op.out_features < 1)
    throw ShapeError({.what = fmt::format("a linear layer of {} outputs cannot take {}",
                                          op.out_features, to_string(in[0]))});
  return {in[0][0], op.out_features};
}

std::vector<Shape> weight_shapes(const Linear& op, std::span<const Shape> in) {
  return {{op.out_features, in[0][1]}, {op.out_features}};
}

Cost cost(const Linear& op, std::span<const Shape> in, const Shape& out) {
  const int64_t params = in[0][1] * op.out_features + op.out_features;
  return {.flops = params, .params = params, .acts = count(out)};
}

}  // namespace nnstretch::ir

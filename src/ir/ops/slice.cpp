#include "ir/ops/slice.h"

#include <fmt/format.h>

#include "base/error.h"

namespace nnstretch::ir {

Shape infer(const Slice& op, std::span<const Shape> in) {
  Shape out = in[0];
  const bool axis_exists = op.axis >= 0 && static_cast<size_t>(op.axis) < out.size();
  if (!axis_exists || op.begin < 0 || op.size < 1 || op.size > out[op.axis] - op.begin)
    throw ShapeError({.what = fmt::format("{} elements from {} on axis {} are not in {}", op.size,
                                          op.begin, op.axis, to_string(out))});
  out[op.axis] = op.size;
  return out;
}

std::vector<Shape> weight_shapes(const Slice&, std::span<const Shape>) { return {}; }

Cost cost(const Slice&, std::span<const Shape>, const Shape&) { return {}; }

}  // namespace nnstretch::ir

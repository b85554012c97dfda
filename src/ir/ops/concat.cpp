#include "ir/ops/concat.h"

#include <fmt/format.h>

#include <cstring>

#include "base/error.h"
#include "ir/ops/strides.h"

namespace nnstretch::ir {

Shape infer(const Concat& op, std::span<const Shape> in) {
  Shape out = in[0];
  if (op.axis < 0 || static_cast<size_t>(op.axis) >= out.size())
    throw ShapeError({.what = fmt::format("axis {} is none of {}", op.axis, to_string(out))});
  for (const Shape& next : in.subspan(1)) {
    Shape same = next;
    if (same.size() == out.size()) same[op.axis] = out[op.axis];
    if (same != out)
      throw ShapeError({.what = fmt::format("cannot join {} and {} on axis {}", to_string(out),
                                            to_string(next), op.axis),
                        .fix = "give all branches of the stage the same stride"});
    out[op.axis] += next[op.axis];
  }
  return out;
}

std::vector<Shape> weight_shapes(const Concat&, std::span<const Shape>) { return {}; }

Cost cost(const Concat&, std::span<const Shape>, const Shape&) { return {}; }

void reference(const Concat& op, std::span<const View> in, std::span<const View>, MutView out) {
  const int64_t pitch = bytes_from(op.axis, out.type);
  std::byte* column = out.data;
  for (const View& x : in) {
    const int64_t row = bytes_from(op.axis, x.type),
                  rows = static_cast<int64_t>(x.type.bytes()) / row;
    for (int64_t i = 0; i < rows; ++i) std::memcpy(column + i * pitch, x.data + i * row, row);
    column += row;
  }
}

}  // namespace nnstretch::ir

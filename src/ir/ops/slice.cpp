#include "ir/ops/slice.h"

#include <fmt/format.h>

#include <cstring>

#include "base/error.h"
#include "ir/ops/strides.h"

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

void reference(const Slice& op, std::span<const View> in, std::span<const View>, MutView out) {
  const int64_t pitch = bytes_from(op.axis, in[0].type), row = bytes_from(op.axis, out.type);
  const std::byte* column = in[0].data + bytes_from(op.axis + 1, in[0].type) * op.begin;
  const int64_t rows = static_cast<int64_t>(out.type.bytes()) / row;
  for (int64_t i = 0; i < rows; ++i) std::memcpy(out.data + i * row, column + i * pitch, row);
}

}  // namespace nnstretch::ir

#include "ir/ops/transpose.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <numeric>

#include "base/error.h"
#include "ir/ops/strides.h"

namespace nnstretch::ir {

Shape infer(const Transpose& op, std::span<const Shape> in) {
  Shape sorted = op.order, axes(in[0].size());
  std::sort(sorted.begin(), sorted.end());
  std::iota(axes.begin(), axes.end(), 0);
  if (sorted != axes)
    throw ShapeError({.what = fmt::format("{} is no order of the dimensions of {}",
                                          to_string(op.order), to_string(in[0]))});
  Shape out;
  for (const int64_t axis : op.order) out.push_back(in[0][static_cast<size_t>(axis)]);
  return out;
}

std::vector<Shape> weight_shapes(const Transpose&, std::span<const Shape>) { return {}; }

Cost cost(const Transpose&, std::span<const Shape>, const Shape&) { return {}; }

void reference(const Transpose& op, std::span<const View> in, std::span<const View>, MutView out) {
  const Shape& shape = out.type.shape;
  const size_t element = size_of(out.type.dtype);
  std::vector<int64_t> steps;  // bytes to go on in the operand
  for (const int64_t axis : op.order)
    steps.push_back(bytes_from(static_cast<int>(axis) + 1, in[0].type));
  std::vector<int64_t> at(shape.size(), 0);
  const std::byte* from = in[0].data;
  for (std::byte *to = out.data, *end = to + out.type.bytes(); to != end; to += element) {
    std::memcpy(to, from, element);
    for (size_t axis = shape.size(); axis-- > 0;) {
      from += steps[axis];
      if (++at[axis] < shape[axis]) break;
      from -= steps[axis] * shape[axis];
      at[axis] = 0;
    }
  }
}

}  // namespace nnstretch::ir

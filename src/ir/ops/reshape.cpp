#include "ir/ops/reshape.h"

#include <fmt/format.h>

#include <cstring>

#include "base/error.h"

namespace nnstretch::ir {

Shape infer(const Reshape& op, std::span<const Shape> in) {
  int64_t left = count(in[0]);
  for (const int64_t size : op.shape) left = size > 0 && left % size == 0 ? left / size : 0;
  if (left != 1)
    throw ShapeError({.what = fmt::format("{} has other elements than {}", to_string(op.shape),
                                          to_string(in[0]))});
  return op.shape;
}

std::vector<Shape> weight_shapes(const Reshape&, std::span<const Shape>) { return {}; }

Cost cost(const Reshape&, std::span<const Shape>, const Shape&) { return {}; }

void reference(const Reshape&, std::span<const View> in, std::span<const View>, MutView out) {
  std::memcpy(out.data, in[0].data, out.type.bytes());
}

}  // namespace nnstretch::ir

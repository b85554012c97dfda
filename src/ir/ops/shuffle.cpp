#include "ir/ops/shuffle.h"

#include <fmt/format.h>

#include <cstring>

#include "base/error.h"

namespace nnstretch::ir {

Shape infer(const Shuffle& op, std::span<const Shape> in) {
  if (op.groups < 1 || in[0].back() % op.groups)
    throw ShapeError({.what = fmt::format("{} channels cannot be shuffled in {} groups",
                                          in[0].back(), op.groups)});
  return in[0];
}

std::vector<Shape> weight_shapes(const Shuffle&, std::span<const Shape>) { return {}; }

Cost cost(const Shuffle&, std::span<const Shape>, const Shape&) { return {}; }

// Channel (group, i) goes to (i, group).
void reference(const Shuffle& op, std::span<const View> in, std::span<const View>, MutView out) {
  const int64_t channels = in[0].type.shape.back(), width = channels / op.groups;
  const size_t size = size_of(in[0].type.dtype);
  for (int64_t first = 0; first < count(in[0].type.shape); first += channels)
    for (int64_t c = 0; c < channels; ++c)
      std::memcpy(out.data + (first + c % width * op.groups + c / width) * size,
                  in[0].data + (first + c) * size, size);
}

}  // namespace nnstretch::ir

#include "ir/ops/batch_norm.h"

namespace nnstretch::ir {

Shape infer(const BatchNorm&, std::span<const Shape> in) { return in[0]; }

std::vector<Shape> weight_shapes(const BatchNorm&, std::span<const Shape> in) {
  return std::vector<Shape>(4, Shape{in[0].back()});
}

// The running statistics are not learnt: two numbers a channel.
Cost cost(const BatchNorm&, std::span<const Shape> in, const Shape&) {
  return {.params = 2 * in[0].back()};
}

}  // namespace nnstretch::ir

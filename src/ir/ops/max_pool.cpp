#include "ir/ops/max_pool.h"

namespace nnstretch::ir {

Shape infer(const MaxPool& op, std::span<const Shape> in) {
  return slide(op.window, in[0], in[0].size() == 4 ? in[0][3] : 0);
}

std::vector<Shape> weight_shapes(const MaxPool&, std::span<const Shape>) { return {}; }

Cost cost(const MaxPool&, std::span<const Shape>, const Shape& out) { return {.acts = count(out)}; }

}  // namespace nnstretch::ir

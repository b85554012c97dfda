#include "ir/ops/input.h"

namespace nnstretch::ir {

Shape infer(const Input& op, std::span<const Shape>) { return op.type.shape; }

std::vector<Shape> weight_shapes(const Input&, std::span<const Shape>) { return {}; }

Cost cost(const Input&, std::span<const Shape>, const Shape&) { return {}; }

// Its bytes are bound from outside; nobody computes them.
void reference(const Input&, std::span<const View>, std::span<const View>, MutView) {}

}  // namespace nnstretch::ir

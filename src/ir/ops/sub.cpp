#include "ir/ops/sub.h"

#include "ir/ops/apply_act.h"
#include "ir/ops/sum.h"

namespace nnstretch::ir {

Shape infer(const Sub&, std::span<const Shape> in) { return broadcast(in[0], in[1]); }

std::vector<Shape> weight_shapes(const Sub&, std::span<const Shape>) { return {}; }

Cost cost(const Sub&, std::span<const Shape>, const Shape&) { return {}; }

void reference(const Sub& op, std::span<const View> in, std::span<const View>, MutView out) {
  sum(in[0], in[1], Sign::minus, op.act, out);
}

}  // namespace nnstretch::ir

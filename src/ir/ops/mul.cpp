#include "ir/ops/mul.h"

#include "ir/ops/apply_act.h"
#include "ir/ops/broadcast.h"
#include "ir/ops/fixed_point.h"

namespace nnstretch::ir {

Shape infer(const Mul&, std::span<const Shape> in) { return broadcast(in[0], in[1]); }

std::vector<Shape> weight_shapes(const Mul&, std::span<const Shape>) { return {}; }

Cost cost(const Mul&, std::span<const Shape>, const Shape&) { return {}; }

static void mul_i8(const Mul& op, std::span<const View> in, MutView out) {
  const Quant &a = *in[0].type.quant, &b = *in[1].type.quant, &to = *out.type.quant;
  const Multiplier factor =
      quantize_multiplier(a.scale * b.scale / to.scale);  // in float, as TF-Lite
  const StoredRange range = stored_range(op.act, to);
  for_each_pair(in[0].type.shape, in[1].type.shape, out.type.shape,
                [&](int64_t i, int64_t j, int64_t k) {
                  const int32_t x = in[0].as<int8_t>()[i] - a.zero_point;
                  const int32_t y = in[1].as<int8_t>()[j] - b.zero_point;
                  out.as<int8_t>()[k] = narrow(factor.apply(x * y), to.zero_point, range);
                });
}

void reference(const Mul& op, std::span<const View> in, std::span<const View>, MutView out) {
  if (out.type.dtype == DType::i8) return mul_i8(op, in, out);
  for_each_pair(in[0].type.shape, in[1].type.shape, out.type.shape,
                [&](int64_t i, int64_t j, int64_t k) {
                  out.as<float>()[k] = in[0].as<float>()[i] * in[1].as<float>()[j];
                });
  apply_act(op.act, {out.as<float>(), static_cast<size_t>(count(out.type.shape))});
}

}  // namespace nnstretch::ir

// Writing of sums, products, means and activations, and of what only changes a type (lower.h).
#include "formats/if_taken.h"
#include "formats/tflite/lower.h"

namespace nnstretch::tflite {
namespace {

using Code = schema::BuiltinOperator;

void lower(Lowering& it, const ir::Activation& op, const Site& site) {
  it.activate(op.kind, site.in[0], site);
}

void lower(Lowering& it, const ir::Mean& op, const Site& site) {
  const std::vector<int32_t> height_and_width = {1, 2};
  schema::ReducerOptionsT options;
  options.keep_dims = op.keep;
  const TensorId axes = it.out().int32s(site.node.name + "_axes", height_and_width, {2});
  it.out().op(Code::MEAN, site.int8 ? 2 : 1, {site.in[0], axes}, site.out, options);
}

// A sum, difference or product with the activation that the node has fused.
template <class Options>
void binary(Lowering& it, Code code, int version, ir::Act act, const Site& site) {
  const Fused fused = it.fuse(act, site);
  Options options;
  options.fused_activation_function = fused.field;
  it.out().op(code, version, site.in, fused.out, options);
  it.finish(act, fused, site);
}

void lower(Lowering& it, const ir::Add& op, const Site& site) {
  binary<schema::AddOptionsT>(it, Code::ADD, site.int8 ? 2 : 1, op.act, site);
}

void lower(Lowering& it, const ir::Sub& op, const Site& site) {
  binary<schema::SubOptionsT>(it, Code::SUB, site.int8 ? 2 : 1, op.act, site);
}

void lower(Lowering& it, const ir::Mul& op, const Site& site) {
  int version = 1;
  if (site.int8) {  // version 3 may magnify
    const float product =
        it.operand(site, 0).type.quant->scale * it.operand(site, 1).type.quant->scale;
    version = product / site.node.type.quant->scale >= 1 ? 3 : 2;
  }
  binary<schema::MulOptionsT>(it, Code::MUL, version, op.act, site);
}

void lower(Lowering& it, const ir::Softmax&, const Site& site) {
  schema::SoftmaxOptionsT options;
  options.beta = 1;
  it.out().op(Code::SOFTMAX, site.int8 ? 2 : 1, {site.in[0]}, site.out, options);
}

void lower(Lowering& it, const ir::Quantize&, const Site& site) {
  it.out().op(Code::QUANTIZE, 1, site.in, site.out, schema::QuantizeOptionsT{});
}

void lower(Lowering& it, const ir::Dequantize&, const Site& site) {
  it.out().op(Code::DEQUANTIZE, 2, site.in, site.out, schema::DequantizeOptionsT{});
}

}  // namespace

bool lower_arithmetic(Lowering& it, const Site& site) {
  return formats::if_taken(site.node.op, [&](const auto& op) -> decltype(lower(it, op, site)) {
    return lower(it, op, site);
  });
}

}  // namespace nnstretch::tflite

// Writing of sums, products, means and activations, and of what only changes a type (lower.h).
#include "formats/if_taken.h"
#include "formats/onnx/layout.h"
#include "formats/onnx/lower.h"

namespace nnstretch::onnx {
namespace {

void lower(Lowering& it, const ir::Mean& op, Site& site) {
  if (op.keep) return it.out().op("GlobalAveragePool", site.in, site.out);
  const std::string pooled = it.beside(site, "_pooled");
  it.out().op("GlobalAveragePool", site.in, pooled);
  it.out().op("Flatten", {pooled}, site.out, {{"axis", int64_t{1}}});
}

void lower(Lowering& it, const ir::Add& op, Site& site) {
  it.activated(op.act, "Add", site.in, site);
}

void lower(Lowering& it, const ir::Sub& op, Site& site) {
  it.activated(op.act, "Sub", site.in, site);
}

void lower(Lowering& it, const ir::Mul& op, Site& site) {
  it.activated(op.act, "Mul", site.in, site);
}

void lower(Lowering& it, const ir::Activation& op, Site& site) {
  it.activate(op.kind, site.in[0], site);
}

void lower(Lowering& it, const ir::Softmax&, Site& site) {
  const size_t rank = site.node.type.shape.size();
  const int64_t axis = axis_to_file(static_cast<int>(rank) - 1, rank);
  it.out().op("Softmax", site.in, site.out, {{"axis", axis}});
}

// The float value is there already; quantise() does the rest.
void lower(Lowering&, const ir::Quantize&, Site& site) { site.out = site.in[0]; }

void lower(Lowering& it, const ir::Dequantize&, Site& site) {
  Names in = it.scale_and_zero(site.node.inputs[0]);
  in.insert(in.begin(), site.in[0]);
  it.out().op("DequantizeLinear", in, site.out);
}

}  // namespace

bool lower_arithmetic(Lowering& it, Site& site) {
  return formats::if_taken(site.node.op, [&](const auto& op) -> decltype(lower(it, op, site)) {
    return lower(it, op, site);
  });
}

}  // namespace nnstretch::onnx

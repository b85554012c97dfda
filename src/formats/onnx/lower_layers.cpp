// Writing of windows and layers (lower.h).
#include "formats/if_taken.h"
#include "formats/onnx/lower.h"

namespace nnstretch::onnx {
namespace {

using Ints = std::vector<int64_t>;

std::vector<Attribute> window_attributes(const ir::Window& w) {
  return {{"kernel_shape", Ints{w.kernel.h, w.kernel.w}},
          {"strides", Ints{w.stride.h, w.stride.w}},
          {"pads", Ints{w.pads.top, w.pads.left, w.pads.bottom, w.pads.right}}};
}

void lower(Lowering& it, const ir::Conv2d& op, Site& site) {
  Names in = {site.in[0], it.weight(site, 0)};
  if (op.bias) in.push_back(it.weight(site, 1));
  auto attributes = window_attributes(op.window);
  attributes.push_back({"group", int64_t{op.groups}});
  it.activated(op.act, "Conv", in, site, attributes);
}

void lower(Lowering& it, const ir::MaxPool& op, Site& site) {
  it.out().op("MaxPool", site.in, site.out, window_attributes(op.window));
}

void lower(Lowering& it, const ir::AvgPool& op, Site& site) {
  auto attributes = window_attributes(op.window);
  attributes.push_back({"count_include_pad", int64_t{op.count_padding}});
  it.out().op("AveragePool", site.in, site.out, attributes);
}

void lower(Lowering& it, const ir::Linear& op, Site& site) {
  it.activated(op.act, "Gemm", {site.in[0], it.weight(site, 0), it.weight(site, 1)}, site,
               {{"transB", int64_t{1}}});
}

void lower(Lowering& it, const ir::BatchNorm& op, Site& site) {
  Names in = site.in;
  for (size_t i = 0; i < site.node.weights.size(); ++i) in.push_back(it.weight(site, i));
  it.out().op("BatchNormalization", in, site.out, {{"epsilon", op.eps}});
}

}  // namespace

bool lower_layer(Lowering& it, Site& site) {
  return formats::if_taken(site.node.op, [&](const auto& op) -> decltype(lower(it, op, site)) {
    return lower(it, op, site);
  });
}

}  // namespace nnstretch::onnx

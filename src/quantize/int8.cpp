#include "quantize/int8.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "ir/passes/fold_batch_norm.h"
#include "ir/passes/fuse_activations.h"
#include "ir/subgraph.h"

namespace nnstretch::quantize {
namespace {

using ir::NodeId;

// TF-Lite fixes the scale of a sigmoid: its values are in (0, 1).
constexpr ir::Quant kSigmoid{1.0f / 256, -128};

// Sets of nodes that must have one scale, as a forest.
class SharedScales {
 public:
  explicit SharedScales(const ir::Graph& graph) : parent_(graph.size()) {
    std::iota(parent_.begin(), parent_.end(), 0);
    for (NodeId id = 0; id < graph.size(); ++id)
      if (ir::keeps_scale(graph.node(id).op))
        for (const NodeId input : graph.node(id).inputs) parent_[root(input)] = root(id);
  }
  NodeId root(NodeId id) const {
    while (parent_[id] != id) id = parent_[id];
    return id;
  }

 private:
  std::vector<NodeId> parent_;
};

bool is_sigmoid(const ir::Graph& graph, NodeId id) {
  const auto* activation = graph.op_if<ir::Activation>(id);
  return activation && activation->kind == ir::Act::sigmoid;
}

std::vector<ir::Quant> quants(const ir::Graph& graph, const Ranges& ranges) {
  const SharedScales shared(graph);
  std::map<NodeId, Range> range_of;
  for (NodeId id = 0; id < graph.size(); ++id) {
    const auto found = ranges.find(graph.node(id).name);
    if (found == ranges.end())
      throw ShapeError({.what = "no range was seen for this value",
                        .where = graph.node(id).name,
                        .fix = "calibrate the same network that is quantised"});
    range_of[shared.root(id)].include(found->second.min, found->second.max);
  }
  std::vector<ir::Quant> result;
  for (NodeId id = 0; id < graph.size(); ++id)
    result.push_back(is_sigmoid(graph, id) ? kSigmoid : quant_for(range_of[shared.root(id)]));
  return result;
}

// Per output channel; large enough that the bias fits an int32 with room for the sum.
std::vector<float> weight_scales(std::span<const float> kernel, std::span<const float> bias,
                                 size_t channels, float input_scale) {
  constexpr double kLargestBias = 1 << 30;
  const size_t row = kernel.size() / channels;
  std::vector<float> scales(channels);
  for (size_t c = 0; c < channels; ++c) {
    double largest = 0;
    for (const float w : kernel.subspan(c * row, row))
      largest = std::max(largest, std::abs(double{w}));
    double scale = largest > 0 ? largest / 127 : 1;
    if (!bias.empty())
      scale = std::max(scale, std::abs(double{bias[c]}) / (double{input_scale} * kLargestBias));
    scales[c] = static_cast<float>(scale);
  }
  return scales;
}

ir::Tensor quantised_kernel(const ir::Tensor& kernel, const std::vector<float>& scales) {
  const auto values = kernel.as<float>();
  const size_t row = values.size() / scales.size();
  std::vector<int8_t> rounded(values.size());
  for (size_t i = 0; i < values.size(); ++i)
    rounded[i] =
        static_cast<int8_t>(std::clamp(std::round(values[i] / scales[i / row]), -127.f, 127.f));
  return ir::make_tensor<int8_t>(kernel.shape, rounded, scales);
}

ir::Tensor quantised_bias(const ir::Tensor& bias, const std::vector<float>& scales,
                          float input_scale) {
  const auto values = bias.as<float>();
  std::vector<int32_t> rounded(values.size());
  std::vector<float> products(values.size());
  for (size_t c = 0; c < values.size(); ++c) {
    products[c] = scales[c] * input_scale;
    rounded[c] =
        static_cast<int32_t>(std::llround(double{values[c]} / (double{scales[c]} * input_scale)));
  }
  return ir::make_tensor<int32_t>(bias.shape, rounded, std::move(products));
}

void quantise_weights(const ir::Node& node, float input_scale, ir::WeightStore& weights) {
  if (node.weights.empty()) return;
  const ir::Tensor kernel = weights.at(node.weights[0]);
  const bool has_bias = node.weights.size() > 1;
  const ir::Tensor bias = has_bias ? weights.at(node.weights[1]) : ir::Tensor{};
  const auto scales =
      weight_scales(kernel.as<float>(), has_bias ? bias.as<float>() : std::span<const float>{},
                    static_cast<size_t>(kernel.shape[0]), input_scale);
  weights.set(node.weights[0], quantised_kernel(kernel, scales));
  if (has_bias) weights.set(node.weights[1], quantised_bias(bias, scales, input_scale));
}

}  // namespace

ir::Quant quant_for(Range range) {
  range.include(0, 0);
  const double span = double{range.max} - range.min;
  if (!(span > 0) || !std::isfinite(span)) return {1.0f, 0};
  const float scale = static_cast<float>(span / 255);
  const double zero = std::clamp(-128 - range.min / double{scale}, -128.0, 127.0);
  return {scale, static_cast<int32_t>(std::lround(zero))};
}

ir::Model prepare(const ir::Model& model) {
  ir::Model folded = ir::fold_batch_norm(model);
  folded.graph = ir::expand_silu(ir::fuse_activations(folded.graph));
  return folded;
}

ir::Model to_int8(const ir::Model& model, const Ranges& ranges) {
  const ir::Graph& graph = model.graph;
  const auto quant = quants(graph, ranges);
  ir::Model quantised = model;
  quantised.graph = ir::Rewriter(graph).run([&](ir::Rewriter& rewriter, NodeId id) {
    ir::NodeSpec spec = rewriter.spec(id);
    if (const auto* input = graph.op_if<ir::Input>(id))
      spec.op = ir::Input{{DType::i8, input->type.shape, quant[id]}};
    else if (!ir::keeps_scale(spec.op))
      spec.quant = quant[id];
    if (!spec.inputs.empty())
      quantise_weights(graph.node(id), quant[graph.node(id).inputs[0]].scale, quantised.weights);
    return rewriter.builder.add(std::move(spec));
  });
  return quantised;
}

}  // namespace nnstretch::quantize

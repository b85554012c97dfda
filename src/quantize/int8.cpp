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

// No scale is smaller, nor the product of two: engines flush what is below 2^-126 to zero.
constexpr double kLeastScale = 0x1p-100, kLeastProduct = 0x1p-120;

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

std::vector<ir::Quant> quants(const ir::Model& model, const Ranges& ranges) {
  const ir::Graph& graph = model.graph;
  const SharedScales shared(graph);
  std::map<NodeId, Range> range_of;
  for (NodeId id = 0; id < graph.size(); ++id) {
    if (graph.op_if<ir::Constant>(id)) {
      for (const float value : model.weights.at(graph.node(id).weights[0]).as<float>())
        range_of[shared.root(id)].include(value, value);
      continue;
    }
    const auto found = ranges.find(graph.node(id).name);
    if (found == ranges.end())
      throw ShapeError({.what = "no range was seen for this value",
                        .where = graph.node(id).name,
                        .fix = "calibrate the same network that is quantised"});
    if (!std::isfinite(found->second.min) || !std::isfinite(found->second.max))
      throw FormatError({.what = "its values are infinite for a calibration picture",
                         .where = graph.node(id).name,
                         .fix = "the weights before it are out of all proportion"});
    range_of[shared.root(id)].include(found->second.min, found->second.max);
  }
  std::vector<ir::Quant> result;
  for (NodeId id = 0; id < graph.size(); ++id)
    result.push_back(is_sigmoid(graph, id) ? kSigmoid : quant_for(range_of[shared.root(id)]));
  return result;
}

// Per output channel; large enough that the bias fits an int32 with room for the sum, and that it
// times the scale of the input is no denormal.
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
    scales[c] = static_cast<float>(std::max({scale, kLeastScale, kLeastProduct / input_scale}));
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

// The values of a Constant, in steps of its own.
ir::Tensor quantised_constant(const ir::Tensor& values, const ir::Quant& quant) {
  std::vector<int8_t> rounded;
  for (const float value : values.as<float>())
    rounded.push_back(static_cast<int8_t>(std::clamp(
        std::round(value / quant.scale) + static_cast<float>(quant.zero_point), -128.f, 127.f)));
  return ir::make_tensor<int8_t>(values.shape, rounded);
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

ir::Tensor corrected(const ir::Tensor& bias, const ir::Tensor& kernel, const ir::Tensor& rounded,
                     std::span<const double> means) {
  const auto steps = rounded.as<int8_t>();
  const size_t row = steps.size() / rounded.scales.size();
  std::vector<float> real(steps.size());
  for (size_t i = 0; i < real.size(); ++i)
    real[i] = static_cast<float>(steps[i]) * rounded.scales[i / row];
  const auto shifts = mean_shift(kernel.as<float>(), real, means, rounded.scales.size());
  const auto before = bias.as<float>();
  std::vector<float> values(before.begin(), before.end());
  for (size_t c = 0; c < values.size(); ++c) values[c] += static_cast<float>(shifts[c]);
  return ir::make_tensor<float>(bias.shape, values);
}

void quantise_weights(const ir::Node& node, float input_scale, const TapMeans* means,
                      ir::WeightStore& weights) {
  if (node.weights.empty()) return;
  const ir::Tensor kernel = weights.at(node.weights[0]);
  const bool has_bias = node.weights.size() > 1;
  const ir::Tensor bias = has_bias ? weights.at(node.weights[1]) : ir::Tensor{};
  const auto scales =
      weight_scales(kernel.as<float>(), has_bias ? bias.as<float>() : std::span<const float>{},
                    static_cast<size_t>(kernel.shape[0]), input_scale);
  const ir::Tensor rounded = quantised_kernel(kernel, scales);
  weights.set(node.weights[0], rounded);
  if (!has_bias) return;
  const auto taps = means ? means->of(node.name) : std::vector<double>{};
  weights.set(node.weights[1],
              quantised_bias(taps.empty() ? bias : corrected(bias, kernel, rounded, taps), scales,
                             input_scale));
}

// Writes the int8 graph; nodes that stay float hand floats to each other within a branch.
class Int8Writer {
 public:
  Int8Writer(const ir::Model& model, const Ranges& ranges, const Int8Options& options)
      : graph_(model.graph),
        options_(options),
        quant_(quants(model, ranges)),
        real_(model.graph.size()),
        result_(model) {
    for (const auto& name : options.float_nodes)
      if (!may_stay_float(graph_.node(graph_.find(name)).op))
        throw ShapeError(
            {.what = "this operator only moves values and cannot be kept float", .where = name});
  }

  ir::Model run() && {
    const ir::Graph whole = ir::Rewriter(graph_).run([&](ir::Rewriter& rewriter, NodeId id) {
      return options_.float_nodes.contains(graph_.node(id).name) ? add_float(rewriter, id)
                                                                 : add_int8(rewriter, id);
    });
    // Without the Quantize of a value that only float nodes read.
    result_.graph = options_.float_nodes.empty() ? whole : with_outputs(whole, whole.outputs());
    return std::move(result_);
  }

 private:
  NodeId add_int8(ir::Rewriter& rewriter, NodeId id) {
    ir::NodeSpec spec = rewriter.spec(id);
    if (const auto* input = graph_.op_if<ir::Input>(id))
      spec.op = ir::Input{{DType::i8, input->type.shape, quant_[id]}};
    else if (const auto* constant = graph_.op_if<ir::Constant>(id)) {
      spec.op = ir::Constant{{DType::i8, constant->type.shape, quant_[id]}};
      const auto& name = graph_.node(id).weights[0];
      result_.weights.set(name, quantised_constant(result_.weights.at(name), quant_[id]));
    } else if (!ir::keeps_scale(spec.op))
      spec.quant = quant_[id];
    if (!spec.inputs.empty())
      quantise_weights(graph_.node(id), quant_[graph_.node(id).inputs[0]].scale,
                       options_.bias_correction, result_.weights);
    return rewriter.builder.add(std::move(spec));
  }

  NodeId add_float(ir::Rewriter& rewriter, NodeId id) {
    ir::NodeSpec spec = graph_.node(id);
    std::map<NodeId, NodeId> read;
    for (NodeId& input : spec.inputs) {
      if (!read.count(input)) read[input] = as_float(rewriter, id, input);
      input = read.at(input);
    }
    const ir::NodeSpec quantised{
        .name = spec.name, .op = ir::Quantize{}, .inputs = {}, .quant = quant_[id], .at = spec.at};
    spec.name += "_float";
    real_[id] = rewriter.builder.add(std::move(spec));
    ir::NodeSpec out = quantised;
    out.inputs = {*real_[id]};
    return rewriter.builder.add(std::move(out));
  }

  // The operand as it was computed if the same branch did it in float: only int8 crosses branches.
  NodeId as_float(ir::Rewriter& rewriter, NodeId reader, NodeId operand) {
    const ir::Node& node = graph_.node(reader);
    if (real_[operand] && graph_.node(operand).at == node.at) return *real_[operand];
    return rewriter.builder.add(
        {.name = fmt::format("{}_{}_real", node.name, graph_.node(operand).name),
         .op = ir::Dequantize{},
         .inputs = {rewriter.now(operand)},
         .at = node.at});
  }

  const ir::Graph& graph_;
  const Int8Options& options_;
  std::vector<ir::Quant> quant_;
  std::vector<std::optional<NodeId>> real_;  // by node of the float graph: where it is a float
  ir::Model result_;
};

}  // namespace

ir::Quant quant_for(Range range) {
  range.include(0, 0);
  const double span = double{range.max} - range.min;
  if (!(span > 0)) return {1.0f, 0};
  const float scale = static_cast<float>(std::max(span / 255, kLeastScale));
  const double zero = std::clamp(-128 - range.min / double{scale}, -128.0, 127.0);
  return {scale, static_cast<int32_t>(std::lround(zero))};
}

ir::Model prepare(const ir::Model& model) {
  for (const ir::Node& node : model.graph.nodes())
    if (node.type.dtype != DType::f32)
      throw ShapeError(
          {.what = fmt::format("{} has {} values: only float networks can be quantised", node.name,
                               name_of(node.type.dtype)),
           .where = model.name,
           .fix = "start from the float model"});
  ir::Model folded = ir::fold_batch_norm(model);
  folded.graph = ir::expand_silu(ir::fuse_activations(folded.graph));
  return folded;
}

bool may_stay_float(const ir::Op& op) {
  return !ir::is_source(op) && !ir::keeps_scale(op) &&
         !ir::is_any<ir::Quantize, ir::Dequantize>(op);
}

ir::Model to_int8(const ir::Model& model, const Ranges& ranges, const Int8Options& options) {
  return Int8Writer(model, ranges, options).run();
}

}  // namespace nnstretch::quantize

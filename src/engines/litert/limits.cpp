#include "engines/litert/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace nnstretch::engines::litert {
namespace {

// Both operands are shifted left by 20 bits and multiplied by s / (2 max); what turns their sum
// into steps of the result must lie between 0 and 1 (tflite/kernels/add.cc and sub.cc, in float).
std::optional<std::string> refused_sum(float a, float b, float out) {
  constexpr float kShifted = 1 << 20;
  const float factor = 2 * std::max(a, b) / (kShifted * out);
  if (factor > 0 && factor < 1) return {};
  return fmt::format(
      "operands of scales {} and {} for a result of scale {}: LiteRT adds scales of less than 2^19 "
      "times the result's",
      a, b, out);
}

// The exponent of s_in / 128 / s_out must not be positive (tflite/kernels/activations.cc).
std::optional<std::string> refused_hard_swish(float in, float out) {
  constexpr float kMost = 128;
  if (in / out < kMost) return {};
  return fmt::format(
      "scale {} for a result of scale {}: LiteRT's hard swish takes less than {} times", in, out,
      kMost);
}

float scale_of(const ir::Graph& graph, ir::NodeId id) { return graph.node(id).type.quant->scale; }

}  // namespace

std::optional<std::string> scale_refusal(const ir::Graph& graph, ir::NodeId id) {
  const ir::Node& node = graph.node(id);
  if (node.type.dtype != DType::i8 || node.inputs.empty() ||
      graph.node(node.inputs[0]).type.dtype != DType::i8)
    return {};
  if (ir::is_any<ir::Add, ir::Sub>(node.op))
    return refused_sum(scale_of(graph, node.inputs[0]), scale_of(graph, node.inputs[1]),
                       scale_of(graph, id));
  if (const auto* act = graph.op_if<ir::Activation>(id); act && act->kind == ir::Act::hard_swish)
    return refused_hard_swish(scale_of(graph, node.inputs[0]), scale_of(graph, id));
  return {};
}

// In float, as XNNPACK computes it.
void check_weight_scales(const ir::Model& part) {
  constexpr float kMost = 256;
  for (const ir::Node& node : part.graph.nodes()) {
    if (node.type.dtype != DType::i8 || !ir::is_any<ir::Conv2d, ir::Linear>(node.op)) continue;
    const float in = scale_of(part.graph, node.inputs[0]), out = node.type.quant->scale;
    for (const float scale : part.weights.at(node.weights[0]).scales)
      if (const float factor = in * scale / out; !(factor < kMost))
        throw EngineError(
            {.what = fmt::format("the scales of its operand and weights are {} times that of its "
                                 "result: LiteRT takes less than {}",
                                 factor, kMost),
             .where = node.name,
             .fix = "use another engine, such as openvino"});
  }
}

}  // namespace nnstretch::engines::litert

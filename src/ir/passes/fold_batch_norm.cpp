#include "ir/passes/fold_batch_norm.h"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "base/error.h"
#include "ir/numbers.h"
#include "ir/subgraph.h"

namespace nnstretch::ir {
namespace {

// The norm that alone reads a convolution, or null.
const Node* only_norm_behind(const Graph& graph, NodeId conv) {
  if (!graph.op_if<Conv2d>(conv) || graph.is_output(conv) || graph.readers(conv).size() != 1)
    return nullptr;
  const NodeId reader = graph.readers(conv)[0];
  return graph.op_if<BatchNorm>(reader) ? &graph.node(reader) : nullptr;
}

std::string bias_name(const std::string& weight) {
  constexpr std::string_view suffix = ".weight";
  const bool named = weight.ends_with(suffix);
  return (named ? weight.substr(0, weight.size() - suffix.size()) : weight) + ".bias";
}

// Replaces the weights of `conv` by weights * scale, bias * scale + shift.
void scale_weights(const NodeSpec& conv, const Node& norm, WeightStore& weights) {
  const auto gamma = weights.at(norm.weights[0]).as<float>();
  const auto beta = weights.at(norm.weights[1]).as<float>();
  const auto mean = weights.at(norm.weights[2]).as<float>();
  const auto variance = weights.at(norm.weights[3]).as<float>();
  const float eps = std::get<BatchNorm>(norm.op).eps;
  const Tensor* old_bias = weights.find(conv.weights[1]);

  const Tensor kernel = weights.at(conv.weights[0]);
  std::vector<float> scaled(kernel.as<float>().begin(), kernel.as<float>().end());
  std::vector<float> bias(gamma.size());
  const size_t row = scaled.size() / gamma.size();
  for (size_t c = 0; c < gamma.size(); ++c) {
    const double scale = gamma[c] / std::sqrt(static_cast<double>(variance[c]) + eps);
    for (size_t i = c * row; i < (c + 1) * row; ++i)
      scaled[i] = static_cast<float>(scaled[i] * scale);
    const double before = old_bias ? old_bias->as<float>()[c] : 0.0;
    bias[c] = static_cast<float>((before - mean[c]) * scale + beta[c]);
  }
  weights.set(conv.weights[0], make_tensor<float>(kernel.shape, scaled));
  weights.set(conv.weights[1], make_tensor<float>({static_cast<int64_t>(bias.size())}, bias));
}

// Finite factors may have a product that is not.
void check_folded(const Model& folded) {
  for (const auto& slot : weight_slots(folded.graph))
    if (const auto odd = not_finite(folded.weights.at(slot.name)))
      throw FormatError({.what = fmt::format("{} is {} once its batch norm is folded into it",
                                             odd->place, odd->value),
                         .where = slot.name,
                         .fix = "its batch norm's factors are out of all proportion"});
}

}  // namespace

Model fold_batch_norm(const Model& model) {
  Model folded = model;
  folded.graph = Rewriter(model.graph).run([&](Rewriter& rewriter, NodeId id) {
    const Graph& graph = model.graph;
    if (const Node* norm = only_norm_behind(graph, id)) {
      NodeSpec spec = rewriter.spec(id);
      auto& conv = std::get<Conv2d>(spec.op);
      spec.name = norm->name;
      if (!conv.bias) spec.weights.push_back(bias_name(spec.weights[0]));
      conv.bias = true;
      scale_weights(spec, *norm, folded.weights);
      for (const std::string& weight : norm->weights) folded.weights.erase(weight);
      return rewriter.builder.add(std::move(spec));
    }
    if (graph.op_if<BatchNorm>(id))
      if (const NodeId conv = graph.node(id).inputs[0]; only_norm_behind(graph, conv))
        return rewriter.now(conv);
    return rewriter.copy(id);
  });
  check_folded(folded);
  return folded;
}

}  // namespace nnstretch::ir

#include "ir/passes/fuse_activations.h"

#include <cmath>
#include <utility>

#include "ir/subgraph.h"

namespace nnstretch::ir {
namespace {

// The `act` field of ops that can carry a fused activation; null for others.
Act* fused_act(Op& op) {
  if (auto* conv = std::get_if<Conv2d>(&op)) return &conv->act;
  if (auto* add = std::get_if<Add>(&op)) return &add->act;
  if (auto* sub = std::get_if<Sub>(&op)) return &sub->act;
  if (auto* mul = std::get_if<Mul>(&op)) return &mul->act;
  if (auto* linear = std::get_if<Linear>(&op)) return &linear->act;
  return nullptr;
}

// The relu or relu6 that alone reads `id`, or null.
const Node* fusable_behind(const Graph& graph, NodeId id) {
  Op op = graph.node(id).op;
  const Act* act = fused_act(op);
  if (!act || *act != Act::none || graph.is_output(id) || graph.readers(id).size() != 1)
    return nullptr;
  const Node& reader = graph.node(graph.readers(id)[0]);
  const auto* activation = std::get_if<Activation>(&reader.op);
  const bool clamp =
      activation && (activation->kind == Act::relu || activation->kind == Act::relu6);
  return clamp ? &reader : nullptr;
}

// What is left of a relu or relu6 where the ends of the int8 range bound the value too.
Act beyond_the_range(Act act, const Quant& quant) {
  constexpr int kLeast = -128, kMost = 127;
  if (act == Act::relu6 &&
      std::round(6 / quant.scale) >= static_cast<float>(kMost - quant.zero_point))
    act = Act::relu;
  return act == Act::relu && quant.zero_point == kLeast ? Act::none : act;
}

}  // namespace

Graph fuse_activations(const Graph& graph) {
  return Rewriter(graph).run([&](Rewriter& rewriter, NodeId id) {
    if (const Node* activation = fusable_behind(graph, id)) {
      NodeSpec spec = rewriter.spec(id);
      spec.name = activation->name;
      *fused_act(spec.op) = std::get<Activation>(activation->op).kind;
      return rewriter.builder.add(std::move(spec));
    }
    if (graph.op_if<Activation>(id))
      if (const NodeId before = graph.node(id).inputs[0]; fusable_behind(graph, before))
        return rewriter.now(before);
    return rewriter.copy(id);
  });
}

Graph separate_activations(const Graph& graph) {
  return Rewriter(graph).run([&](Rewriter& rewriter, NodeId id) {
    NodeSpec spec = rewriter.spec(id);
    Act* act = fused_act(spec.op);
    if (!spec.quant || !act || (*act != Act::relu && *act != Act::relu6)) return rewriter.copy(id);
    const TensorType& type = graph.node(id).type;
    const Act kind = beyond_the_range(std::exchange(*act, Act::none), *type.quant);
    if (kind == Act::none) return rewriter.builder.add(std::move(spec));
    NodeSpec clamp = spec;
    spec.name += "_linear";
    clamp.weights.clear();
    clamp.op = Activation{kind};
    clamp.inputs = {rewriter.builder.add(std::move(spec))};
    return rewriter.builder.add(std::move(clamp));
  });
}

Graph expand_silu(const Graph& graph) {
  return Rewriter(graph).run([&](Rewriter& rewriter, NodeId id) {
    const auto* activation = graph.op_if<Activation>(id);
    if (!activation || activation->kind != Act::silu) return rewriter.copy(id);
    NodeSpec gate = rewriter.spec(id);
    NodeSpec product = gate;
    gate.name += "_sigmoid";
    gate.op = Activation{Act::sigmoid};
    product.op = Mul{};
    product.inputs.push_back(rewriter.builder.add(std::move(gate)));
    return rewriter.builder.add(std::move(product));
  });
}

}  // namespace nnstretch::ir

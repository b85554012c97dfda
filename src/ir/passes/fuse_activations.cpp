#include "ir/passes/fuse_activations.h"

#include "ir/subgraph.h"

namespace nnstretch::ir {
namespace {

// The `act` field of ops that can carry a fused activation; null for others.
Act* fused_act(Op& op) {
  if (auto* conv = std::get_if<Conv2d>(&op)) return &conv->act;
  if (auto* add = std::get_if<Add>(&op)) return &add->act;
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

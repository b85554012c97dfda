#include "formats/onnx/reader.h"

#include "formats/foreign.h"
#include "formats/located.h"
#include "formats/metadata.h"
#include "formats/onnx/raise.h"
#include "ir/subgraph.h"

namespace nnstretch::onnx {
namespace {

using ir::NodeId;

// The node whose fused activation our writer wrote as the node `id`; nothing for other nodes.
std::optional<NodeId> linear_of(const ir::Graph& graph, NodeId id) {
  const auto* act = graph.op_if<ir::Activation>(id);
  if (!act) return {};
  const NodeId linear = graph.node(id).inputs[0];
  const bool can_fuse = std::visit(
      [](const auto& op) {
        return requires { op.act; };
      },
      graph.node(linear).op);
  if (!can_fuse || graph.readers(linear).size() != 1 || graph.is_output(linear) ||
      !graph.node(linear).name.starts_with(graph.node(id).name + kLinear))
    return {};
  return linear;
}

// Joins activations to the nodes they were fused in before our writer took them apart.
ir::Graph fuse_again(const ir::Graph& graph) {
  std::vector<bool> joined(graph.size(), false);
  for (NodeId id = 0; id < graph.size(); ++id)
    if (const auto linear = linear_of(graph, id)) joined[*linear] = true;
  return ir::Rewriter(graph).run([&](ir::Rewriter& rewriter, NodeId id) -> NodeId {
    if (joined[id]) return 0;  // nobody asks for it but the activation, which is below
    const auto linear = linear_of(graph, id);
    if (!linear) return rewriter.copy(id);
    ir::NodeSpec spec = rewriter.spec(*linear);
    spec.name = graph.node(id).name;
    std::visit(
        [&](auto& op) {
          if constexpr (requires { op.act; }) op.act = graph.op_if<ir::Activation>(id)->kind;
        },
        spec.op);
    return rewriter.builder.add(std::move(spec));
  });
}

ir::Model read_checked(std::span<const std::byte> bytes, const std::string& where,
                       formats::Beside& beside) {
  const File file = File::open(bytes, where);
  std::optional<formats::Metadata> metadata;
  if (const auto json = file.metadata(formats::kMetadataName))
    metadata = formats::metadata_from_json(*json, where);
  Raising raising(file, metadata.has_value());
  raising.run();
  ir::Model model{
      .graph = {}, .weights = std::move(raising).weights(), .name = {}, .preprocess = {}};
  auto notes = std::move(raising).notes();
  const ir::Graph graph = std::move(raising).graph();
  if (metadata) {
    model.graph = fuse_again(graph);
    formats::take_metadata(model, beside, *metadata);
  } else {
    model.graph = ir::with_outputs(graph, graph.outputs());
    formats::assume_preprocess(model, beside);
  }
  for (std::string& note : notes) model.notes.push_back(std::move(note));
  ir::check_weights(model.graph, model.weights);
  return model;
}

}  // namespace

ir::Model read(std::span<const std::byte> bytes, const std::string& where,
               formats::Beside* beside) {
  formats::Beside unused;
  return formats::located(where,
                          [&] { return read_checked(bytes, where, beside ? *beside : unused); });
}

}  // namespace nnstretch::onnx

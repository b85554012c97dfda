#include "engines/qnn/htp_graph.h"

#include <fmt/format.h>

#include "ir/passes/fuse_activations.h"

namespace nnstretch::engines::qnn {
namespace {

bool is_image(const ir::Node& node) { return node.type.shape.size() == 4; }

// A shape of ours that an .onnx file, which moves channels forward, shows as N, H, W, C.
ir::Shape shown_as(const ir::Shape& nhwc) { return {nhwc[0], nhwc[2], nhwc[3], nhwc[1]}; }
const ir::Shape kFromShown = {0, 3, 1, 2}, kToShown = {0, 2, 3, 1};

}  // namespace

ir::Graph htp_graph(const ir::Graph& part) {
  const ir::Graph graph = ir::separate_activations(part);
  ir::GraphBuilder builder;
  const auto transpose = [&](const ir::Node& node, ir::NodeId value, const ir::Shape& order,
                             const std::string& suffix) {
    return builder.add(
        {.name = node.name + suffix, .op = ir::Transpose{order}, .inputs = {value}, .at = node.at});
  };
  std::vector<ir::NodeId> now, outputs;
  for (ir::NodeId id = 0; id < graph.size(); ++id) {
    ir::NodeSpec spec = graph.node(id);
    for (ir::NodeId& input : spec.inputs) input = now[input];
    auto* input = is_image(graph.node(id)) ? std::get_if<ir::Input>(&spec.op) : nullptr;
    if (input) input->type.shape = shown_as(input->type.shape);
    now.push_back(builder.add(std::move(spec)));
    if (input) now.back() = transpose(graph.node(id), now.back(), kFromShown, ".nhwc");
  }
  for (const ir::NodeId id : graph.outputs())
    outputs.push_back(
        is_image(graph.node(id)) ? transpose(graph.node(id), now[id], kToShown, ".out") : now[id]);
  return std::move(builder).finish(std::move(outputs));
}

}  // namespace nnstretch::engines::qnn

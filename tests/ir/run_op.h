// One operator's reference kernel on given values, without an engine.
#pragma once
#include "ir/graph.h"
#include "support/samples.h"

namespace nnstretch::testing {

// The value of the last node of a graph whose other nodes are inputs.
inline Bytes run_op(const ir::Model& model, const std::vector<Bytes>& inputs) {
  const ir::Node& node = model.graph.nodes().back();
  std::vector<ir::View> in, weights;
  for (const ir::NodeId id : node.inputs)
    in.push_back({model.graph.node(id).type, inputs.at(id).data(), {}});
  std::vector<ir::TensorType> types;
  types.reserve(node.weights.size());
  for (const std::string& name : node.weights) {
    const ir::Tensor& tensor = model.weights.at(name);
    types.push_back({tensor.dtype, tensor.shape, {}});
    weights.push_back({types.back(), tensor.bytes->data(), tensor.scales});
  }
  Bytes out(node.type.bytes());
  std::visit([&](const auto& op) { reference(op, in, weights, {node.type, out.data()}); }, node.op);
  return out;
}

// The same for a float graph given as text and numbers; weights by name.
inline std::vector<float> run_floats(
    std::string_view text, const std::vector<std::vector<float>>& inputs,
    const std::map<std::string, std::vector<float>>& weights = {}) {
  ir::Model model{ir::parse(text), {}, "op", {}};
  for (const auto& [name, shape] : ir::weight_slots(model.graph))
    model.weights.set(name, ir::make_tensor<float>(shape, weights.at(name)));
  std::vector<Bytes> bytes;
  for (const auto& values : inputs) bytes.push_back(bytes_of(values));
  return values_of<float>(run_op(model, bytes));
}

}  // namespace nnstretch::testing

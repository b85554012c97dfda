#include "ir/passes/to_float.h"

#include <algorithm>

#include "ir/fresh_names.h"
#include "ir/stored_values.h"
#include "ir/subgraph.h"

namespace nnstretch::ir {
namespace {

Tensor dequantised(const Tensor& tensor) {
  if (tensor.dtype != DType::i8 && tensor.dtype != DType::i32) return tensor;
  return make_tensor<float>(tensor.shape, to_floats(tensor));
}

// The scale of a Constant is that of its type.
Tensor dequantised(const Tensor& tensor, const TensorType& type) {
  return make_tensor<float>(tensor.shape, to_floats(*tensor.bytes, type));
}

bool is_quantised(const TensorType& type) { return type.quant.has_value(); }

class FloatWriter {
 public:
  explicit FloatWriter(const Graph& from) : from_(from), real_(from.size()), names_(from) {}

  Graph run() && {
    for (NodeId id = 0; id < from_.size(); ++id) real_[id] = visit(id);
    std::vector<NodeId> outputs;
    for (const NodeId id : from_.outputs()) outputs.push_back(as_it_was(id));
    return std::move(builder_).finish(std::move(outputs));
  }

 private:
  // The float value that stands for a node from now on.
  NodeId visit(NodeId id) {
    const Node& node = from_.node(id);
    if (from_.op_if<Quantize>(id) || from_.op_if<Dequantize>(id)) return real_[node.inputs[0]];
    NodeSpec spec = node;
    for (NodeId& input : spec.inputs) input = real_[input];
    if (from_.op_if<Input>(id)) {
      const NodeId input = builder_.add(std::move(spec));
      if (is_quantised(node.type)) return decode(input, node);
      return input;
    }
    spec.quant.reset();
    if (auto* constant = std::get_if<Constant>(&spec.op))
      constant->type = {DType::f32, constant->type.shape, {}};
    // The name of a value that leaves the graph stays with the value that leaves.
    if (is_quantised(node.type) && from_.is_output(id)) spec.name = fresh(node.name);
    return builder_.add(std::move(spec));
  }

  NodeId decode(NodeId input, const Node& node) {
    encoded_[&node] = input;
    return builder_.add(
        {.name = fresh(node.name), .op = Dequantize{}, .inputs = {input}, .at = node.at});
  }

  // A node's value with the type it had.
  NodeId as_it_was(NodeId id) {
    const Node& node = from_.node(id);
    if (!is_quantised(node.type)) return real_[id];
    if (const auto done = encoded_.find(&node); done != encoded_.end()) return done->second;
    return encoded_[&node] = builder_.add({.name = node.name,
                                           .op = Quantize{node.type.dtype},
                                           .inputs = {real_[id]},
                                           .quant = node.type.quant,
                                           .at = node.at});
  }

  std::string fresh(const std::string& name) { return names_.take(name + ".float"); }

  const Graph& from_;
  std::vector<NodeId> real_;
  std::map<const Node*, NodeId> encoded_;  // values of the old graph that exist in int8
  FreshNames names_;
  GraphBuilder builder_;
};

}  // namespace

Model to_float(const Model& model) {
  const auto nodes = model.graph.nodes();
  if (!is_quantised(model.graph)) return model;
  Model real{FloatWriter(model.graph).run(), {}, model.name, model.preprocess};
  for (const WeightSlot& slot : weight_slots(real.graph))
    if (const Tensor* tensor = model.weights.find(slot.name))
      real.weights.set(slot.name, dequantised(*tensor));
  for (const Node& node : nodes)
    if (std::holds_alternative<Constant>(node.op) && is_quantised(node.type))
      if (const Tensor* tensor = model.weights.find(node.weights[0]))
        real.weights.set(node.weights[0], dequantised(*tensor, node.type));
  return real;
}

}  // namespace nnstretch::ir

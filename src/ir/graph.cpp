#include "ir/graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/error.h"
#include "base/hash.h"
#include "ir/numbers.h"
#include "ir/text.h"

namespace nnstretch::ir {
namespace {

void check_operand_count(const Op& op, size_t count) {
  const bool binary = is_any<Add, Sub, Mul>(op);
  const bool source = is_source(op);
  const bool any = std::holds_alternative<Concat>(op) && count > 0;
  const size_t wanted = source ? 0 : binary ? 2 : 1;
  if (!any && count != wanted)
    throw ShapeError(
        {.what = fmt::format("{} takes {} operands, not {}", name_of(op), wanted, count)});
}

std::vector<Shape> shapes_of(std::span<const Node* const> nodes) {
  std::vector<Shape> shapes;
  for (const Node* node : nodes) shapes.push_back(node->type.shape);
  return shapes;
}

DType infer_dtype(const Op& op, std::span<const Node* const> operands) {
  if (const auto* input = std::get_if<Input>(&op)) return input->type.dtype;
  if (const auto* constant = std::get_if<Constant>(&op)) return constant->type.dtype;
  if (const auto* quantize = std::get_if<Quantize>(&op)) return quantize->to;
  const DType first = operands[0]->type.dtype;
  for (const Node* operand : operands)
    if (operand->type.dtype != first)
      throw ShapeError({.what = fmt::format("operands are of types {} and {}", name_of(first),
                                            name_of(operand->type.dtype))});
  if (std::holds_alternative<Dequantize>(op)) return DType::f32;
  if (first == DType::u8)
    throw ShapeError({.what = fmt::format("{} does not compute on uint8 values", name_of(op)),
                      .fix = "put a quantize or dequantize before it"});
  return first;
}

std::optional<Quant> infer_quant(const NodeSpec& spec, std::span<const Node* const> operands) {
  if (const auto* input = std::get_if<Input>(&spec.op)) return input->type.quant;
  if (const auto* constant = std::get_if<Constant>(&spec.op)) return constant->type.quant;
  if (!keeps_scale(spec.op)) return spec.quant;
  const auto quant = operands[0]->type.quant;
  for (const Node* operand : operands)
    if (operand->type.quant != quant)
      throw ShapeError({.what = fmt::format("operands of {} differ in scale", name_of(spec.op)),
                        .fix = "give them one scale before they meet"});
  if (spec.quant && spec.quant != quant)
    throw ShapeError({.what = fmt::format("{} cannot change the scale", name_of(spec.op))});
  return quant;
}

// Everything after the builder may multiply dimensions, allocate and divide by scales.
void check_sound(const TensorType& type) {
  constexpr int64_t kMostElements = int64_t{1} << 36;
  int64_t room = kMostElements;
  for (const int64_t size : type.shape) {
    if (size < 1 || size > room)
      throw ShapeError({.what = fmt::format("a tensor of shape {} is empty or too large",
                                            to_string(type.shape))});
    room /= size;
  }
  if (type.quant && !is_scale(type.quant->scale))
    throw ShapeError({.what = fmt::format("{} is not a scale", type.quant->scale)});
  const int lowest = type.dtype == DType::u8 ? 0 : -128;
  if (type.quant && (type.quant->zero_point < lowest || type.quant->zero_point > lowest + 255))
    throw ShapeError({.what = fmt::format("zero point {} is not a value of {}",
                                          type.quant->zero_point, name_of(type.dtype))});
}

constexpr char kDiverged[] =
    "a training that diverged leaves such numbers: use an earlier checkpoint";

// As batch norms compute with them: the root of their sum with eps divides.
void check_variances(const Node& node, const BatchNorm& norm, const WeightStore& weights) {
  const std::string& name = node.weights.at(3);
  const Tensor& variances = weights.at(name);
  if (variances.dtype != DType::f32) return;
  const auto values = variances.as<float>();
  for (size_t i = 0; i < values.size(); ++i)
    if (values[i] < 0 || !(values[i] + norm.eps > 0))
      throw FormatError(
          {.what = fmt::format("{} is {}, no variance that can be divided by with eps {}",
                               place_of(i, variances.shape), values[i], norm.eps),
           .where = name,
           .fix = kDiverged});
}

}  // namespace

bool Graph::is_output(NodeId id) const {
  return std::find(outputs_.begin(), outputs_.end(), id) != outputs_.end();
}

NodeId Graph::find(std::string_view name) const {
  for (NodeId id = 0; id < nodes_.size(); ++id)
    if (nodes_[id].name == name) return id;
  throw ShapeError({.what = "the graph has no such node", .where = std::string(name)});
}

std::vector<Shape> Graph::input_shapes(NodeId id) const {
  std::vector<Shape> shapes;
  for (const NodeId input : nodes_.at(id).inputs) shapes.push_back(nodes_.at(input).type.shape);
  return shapes;
}

std::vector<const Node*> GraphBuilder::operands(const NodeSpec& spec) const {
  std::vector<const Node*> operands;
  for (const NodeId input : spec.inputs) {
    if (input >= graph_.size())
      throw ShapeError({.what = fmt::format("operand {} comes later", input)});
    operands.push_back(&graph_.nodes_[input]);
  }
  check_operand_count(spec.op, operands.size());
  return operands;
}

size_t GraphBuilder::weight_count(const NodeSpec& spec) const try {
  const auto shapes = shapes_of(operands(spec));
  return std::visit(
      [&](const auto& op) {
        infer(op, shapes);  // or the shapes may be nonsense
        return weight_shapes(op, shapes).size();
      },
      spec.op);
} catch (const ShapeError& error) {
  throw ShapeError({error.message().what, spec.name, error.message().fix});
}

NodeId GraphBuilder::add(NodeSpec spec) try {
  const auto id = static_cast<NodeId>(graph_.size());
  const auto operands = this->operands(spec);
  const auto shapes = shapes_of(operands);

  TensorType type{.dtype = infer_dtype(spec.op, operands),
                  .shape = std::visit([&](const auto& op) { return infer(op, shapes); }, spec.op),
                  .quant = infer_quant(spec, operands)};
  const bool is_quantised = type.dtype == DType::i8 || type.dtype == DType::u8;
  if (is_quantised != type.quant.has_value())
    throw ShapeError(
        {.what = is_quantised ? "an int8 value needs a scale" : "a float value has a scale"});
  check_sound(type);
  const size_t weights =
      std::visit([&](const auto& op) { return weight_shapes(op, shapes).size(); }, spec.op);
  if (spec.weights.size() != weights)
    throw ShapeError({.what = fmt::format("{} needs {} weights, {} are named", name_of(spec.op),
                                          weights, spec.weights.size())});
  if (!names_.emplace(spec.name, id).second) throw ShapeError({.what = "the name is used twice"});

  for (const NodeId input : spec.inputs)
    if (auto& readers = graph_.readers_[input]; readers.empty() || readers.back() != id)
      readers.push_back(id);
  if (std::holds_alternative<Input>(spec.op)) graph_.inputs_.push_back(id);
  graph_.nodes_.push_back({std::move(spec), std::move(type)});
  graph_.readers_.emplace_back();
  return id;
} catch (const ShapeError& error) {
  throw ShapeError({error.message().what, spec.name, error.message().fix});
}

Graph GraphBuilder::finish(std::vector<NodeId> outputs) && {
  for (const NodeId id : outputs)
    if (id >= graph_.size())
      throw ShapeError({.what = fmt::format("output {} is not in the graph", id)});
  graph_.outputs_ = std::move(outputs);
  return std::move(graph_);
}

bool is_quantised(const Graph& graph) {
  return std::ranges::any_of(graph.nodes(), [](const Node& node) { return !!node.type.quant; });
}

Cost cost_of(const Graph& graph, NodeId id) {
  const auto in = graph.input_shapes(id);
  const Node& node = graph.node(id);
  return std::visit([&](const auto& op) { return cost(op, in, node.type.shape); }, node.op);
}

Cost cost_of(const Graph& graph) {
  Cost sum;
  for (NodeId id = 0; id < graph.size(); ++id) sum += cost_of(graph, id);
  return sum;
}

std::vector<WeightSlot> weight_slots(const Graph& graph) {
  std::vector<WeightSlot> slots;
  std::set<std::string_view> seen;
  for (NodeId id = 0; id < graph.size(); ++id) {
    const auto in = graph.input_shapes(id);
    const auto shapes =
        std::visit([&](const auto& op) { return weight_shapes(op, in); }, graph.node(id).op);
    for (size_t i = 0; i < shapes.size(); ++i)
      if (const std::string& name = graph.node(id).weights[i]; seen.insert(name).second)
        slots.push_back({name, shapes[i]});
  }
  return slots;
}

void check_weights(const Graph& graph, const WeightStore& weights) {
  for (const auto& [name, shape] : weight_slots(graph)) {
    const Tensor& tensor = weights.at(name);
    if (tensor.shape != shape)
      throw ShapeError({.what = fmt::format("the weight is {}, the network needs {}",
                                            to_string(tensor.shape), to_string(shape)),
                        .where = name});
    if (const auto bad = not_finite(tensor))
      throw FormatError({.what = fmt::format("{} is {}", bad->place, bad->value),
                         .where = name,
                         .fix = kDiverged});
    for (const float scale : tensor.scales)
      if (!is_scale(scale))
        throw FormatError({.what = fmt::format("{} is not a scale", scale), .where = name});
  }
  for (const Node& node : graph.nodes())
    if (const auto* norm = std::get_if<BatchNorm>(&node.op)) check_variances(node, *norm, weights);
}

std::string content_hash(const Graph& graph, const WeightStore& weights) {
  Hash hash;
  hash.add(print(graph));
  for (const auto& slot : weight_slots(graph))
    if (const Tensor* tensor = weights.find(slot.name))
      hash.add(*tensor->bytes).add(std::as_bytes(std::span(tensor->scales)));
  return hash.hex();
}

}  // namespace nnstretch::ir

// Every value of a network by the reference kernels, as they are or disturbed: how far off a value
// may be, if every operator before it may be off by one step.
#pragma once
#include <algorithm>
#include <functional>
#include <vector>

#include "ir/graph.h"
#include "support/samples.h"

namespace nnstretch::testing {

// The value of one node, of the values of all nodes before it.
inline Bytes computed(const ir::Graph& graph, const ir::WeightStore& weights, ir::NodeId id,
                      const std::vector<Bytes>& values) {
  const ir::Node& node = graph.node(id);
  std::vector<ir::View> in, weight_views;
  std::vector<ir::TensorType> weight_types;
  weight_types.reserve(node.weights.size());
  for (const ir::NodeId input : node.inputs)
    in.push_back({graph.node(input).type, values.at(input).data(), {}});
  for (const std::string& name : node.weights) {
    const ir::Tensor& tensor = weights.at(name);
    weight_types.push_back({tensor.dtype, tensor.shape, {}});
    weight_views.push_back({weight_types.back(), tensor.bytes->data(), tensor.scales});
  }
  Bytes value(node.type.bytes());
  std::visit(
      [&](const auto& op) {
        reference(op, in, weight_views, ir::MutView{node.type, value.data()});
      },
      node.op);
  return value;
}

// Values of all nodes. `each` sees a value when it has been computed, and may change what others
// read of it.
inline std::vector<Bytes> network_values(const ir::Model& model, const std::vector<Bytes>& inputs,
                                         const std::function<void(ir::NodeId, Bytes&)>& each = {}) {
  std::vector<Bytes> values;
  size_t next_input = 0;
  for (ir::NodeId id = 0; id < model.graph.size(); ++id) {
    values.push_back(model.graph.op_if<ir::Input>(id)
                         ? inputs.at(next_input++)
                         : computed(model.graph, model.weights, id, values));
    if (each) each(id, values.back());
  }
  return values;
}

// The largest number of a float value.
inline double largest(const Bytes& value) {
  double most = 1e-30;
  for (const float x : values_of<float>(value)) most = std::max(most, double(std::abs(x)));
  return most;
}

// The largest difference, in steps of int8 and uint8, of float in parts of the largest number of b;
// a NaN is a difference.
inline double distance(const Bytes& a, const Bytes& b, const ir::TensorType& type) {
  double most = 0, unit = 1;
  const auto compare = [&](const auto& x, const auto& y) {
    for (size_t i = 0; i < x.size(); ++i) {
      const double difference = std::abs(double(x[i]) - double(y[i])) / unit;
      most = difference <= most ? most : difference;
    }
  };
  if (a.size() != b.size()) return INFINITY;
  if (type.dtype == DType::u8) {
    compare(values_of<uint8_t>(a), values_of<uint8_t>(b));
  } else if (type.dtype == DType::i8) {
    compare(values_of<int8_t>(a), values_of<int8_t>(b));
  } else {
    unit = largest(b);
    compare(values_of<float>(a), values_of<float>(b));
  }
  return most;
}

// How far off one operator may be: steps of the output's scale, or parts of its largest number.
inline constexpr double kSteps = 1, kParts = 1e-5;
inline double limit_of_one(const ir::Graph& graph, ir::NodeId id, const std::vector<Bytes>& exact) {
  const ir::Node& node = graph.node(id);
  if (node.type.quant) return kSteps;
  // These may take large numbers from each other: a zero point after it was multiplied, 1 from erf.
  double between = 0;
  if (std::holds_alternative<ir::Dequantize>(node.op))
    between = 255 * graph.node(node.inputs[0]).type.quant->scale;
  if (const auto* act = std::get_if<ir::Activation>(&node.op); act && act->kind == ir::Act::gelu)
    between = largest(exact[node.inputs[0]]);
  const auto* add = std::get_if<ir::Add>(&node.op);
  if (add && add->act == ir::Act::gelu)
    between = largest(exact[node.inputs[0]]) + largest(exact[node.inputs[1]]);
  return kParts * std::max(1.0, between / largest(exact[id]));
}

// Whether it moves values and computes none: no engine has a reason to be off.
inline bool only_moves(const ir::Op& op) {
  return ir::is_source(op) || (ir::keeps_scale(op) && !std::holds_alternative<ir::AvgPool>(op));
}

// Adds up to `limit` to every number: each its own amount, or all the same.
inline void disturb(Bytes& value, const ir::TensorType& type, double limit, bool all_alike,
                    Random& random) {
  const int common = random.integer(0, 1) ? 1 : -1;
  const auto amount = [&] { return all_alike ? common : random.integer(-1, 1); };
  if (type.quant) {
    const int lowest = type.dtype == DType::u8 ? 0 : -128;
    for (std::byte& byte : value) {
      const int stored = lowest ? static_cast<int8_t>(byte) : static_cast<uint8_t>(byte);
      byte = static_cast<std::byte>(std::clamp(stored + amount(), lowest, lowest + 255));
    }
    return;
  }
  auto numbers = values_of<float>(value);
  const double most = limit * largest(value);
  for (float& x : numbers) x += static_cast<float>(most * amount());
  value = bytes_of(numbers);
}

// How far each value of a network may be off an engine's: the operator's own limit, and what its
// operands' own faults make of it. It is tried, not proven: the largest difference over some runs
// in which every computed value is off by as much as it may be, at random or all alike.
inline std::vector<double> limits(const ir::Model& model, const std::vector<Bytes>& inputs,
                                  const std::vector<Bytes>& exact) {
  constexpr int kRuns = 8;
  Random random(1);
  std::vector<double> most(model.graph.size(), 0);
  for (int run = 0; run < kRuns; ++run)
    network_values(model, inputs, [&](ir::NodeId id, Bytes& value) {
      const ir::Node& node = model.graph.node(id);
      if (ir::is_source(node.op)) return;
      most[id] = std::max(most[id], distance(value, exact[id], node.type));
      if (!only_moves(node.op))
        disturb(value, node.type, limit_of_one(model.graph, id, exact), run % 2 == 1, random);
    });
  for (ir::NodeId id = 0; id < model.graph.size(); ++id)
    most[id] += limit_of_one(model.graph, id, exact);
  return most;
}

}  // namespace nnstretch::testing

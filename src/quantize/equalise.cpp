#include "quantize/equalise.h"

#include <cmath>
#include <optional>

#include "ir/stored_values.h"

namespace nnstretch::quantize {
namespace {

using ir::NodeId;
constexpr double kMostStretch = 16;

// How many nodes use a weight: a shared one must stay.
std::map<std::string, int> uses_of_weights(const ir::Graph& graph) {
  std::map<std::string, int> uses;
  for (const ir::Node& node : graph.nodes())
    for (const std::string& weight : node.weights) ++uses[weight];
  return uses;
}

bool stretches(const ir::Conv2d& conv) {
  return conv.act == ir::Act::none || conv.act == ir::Act::relu;
}

// Largest magnitude of each channel of the values named.
using Magnitudes = std::map<std::string, std::vector<float>, std::less<>>;

Magnitudes channel_magnitudes(const ir::Model& model, const std::vector<EqualisedPair>& pairs,
                              Images images, const Runtime& runtime) {
  Magnitudes largest;
  for (const auto& pair : pairs) {
    const ir::Node& node = model.graph.node(model.graph.find(pair.first));
    largest[pair.first].resize(static_cast<size_t>(node.type.shape.back()));
  }
  observe(model, images, runtime, [&](size_t, const ir::Node& node, auto bytes) {
    const auto found = largest.find(node.name);
    if (found == largest.end()) return;
    auto& channels = found->second;
    const auto values = ir::to_floats(bytes, node.type);
    for (size_t i = 0; i < values.size(); i += channels.size())
      for (size_t c = 0; c < channels.size(); ++c)
        channels[c] = std::max(channels[c], std::abs(values[i + c]));
  });
  return largest;
}

// Of the weights that read each channel of the operand.
std::vector<float> reader_magnitudes(const ir::Tensor& kernel, int groups) {
  const auto values = kernel.as<float>();
  const auto out = static_cast<size_t>(kernel.shape[0]), in = static_cast<size_t>(kernel.shape[1]);
  const size_t taps = values.size() / out / in, group = out / static_cast<size_t>(groups);
  std::vector<float> largest(in * static_cast<size_t>(groups));
  for (size_t o = 0; o < out; ++o)
    for (size_t i = 0; i < in * taps; ++i) {
      float& channel = largest[o / group * in + i / taps];
      channel = std::max(channel, std::abs(values[o * in * taps + i]));
    }
  return largest;
}

// What each channel of the value is multiplied with.
std::vector<double> factors(const std::vector<float>& values, const std::vector<float>& readers,
                            bool depthwise) {
  std::vector<double> wanted(values.size());
  double largest = 0;
  for (size_t c = 0; c < values.size(); ++c) {
    if (!(values[c] > 0) || !(readers[c] > 0)) continue;
    wanted[c] = depthwise ? double{values[c]} : std::sqrt(double{values[c]} / readers[c]);
    largest = std::max(largest, wanted[c]);
  }
  for (double& factor : wanted) factor = factor > 0 ? std::min(kMostStretch, largest / factor) : 1;
  return wanted;
}

ir::Tensor scaled_rows(const ir::Tensor& tensor, const std::vector<double>& by) {
  const auto values = tensor.as<float>();
  const size_t row = values.size() / by.size();
  std::vector<float> scaled(values.size());
  for (size_t i = 0; i < values.size(); ++i)
    scaled[i] = static_cast<float>(values[i] * by[i / row]);
  return ir::make_tensor<float>(tensor.shape, scaled);
}

void divide_columns(const ir::Node& reader, const std::vector<double>& by,
                    ir::WeightStore& weights) {
  const ir::Tensor kernel = weights.at(reader.weights[0]);
  const auto values = kernel.as<float>();
  const auto out = static_cast<size_t>(kernel.shape[0]), in = static_cast<size_t>(kernel.shape[1]);
  const size_t taps = values.size() / out / in;
  const size_t group = out / static_cast<size_t>(std::get<ir::Conv2d>(reader.op).groups);
  std::vector<float> scaled(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const size_t o = i / (in * taps);
    scaled[i] = static_cast<float>(values[i] / by[o / group * in + i / taps % in]);
  }
  weights.set(reader.weights[0], ir::make_tensor<float>(kernel.shape, scaled));
}

// The convolution that alone reads a value, or null.
const ir::Node* only_convolution(const ir::Graph& graph, NodeId id) {
  if (graph.is_output(id) || graph.readers(id).size() != 1) return nullptr;
  const NodeId reader = graph.readers(id)[0];
  return graph.op_if<ir::Conv2d>(reader) ? &graph.node(reader) : nullptr;
}

// `id` read by a mean, whose reader makes a gate, and by the product with that gate.
std::optional<EqualisedPair> across_gate(const ir::Graph& graph, NodeId id) {
  const auto& readers = graph.readers(id);
  if (graph.is_output(id) || readers.size() != 2) return {};
  const bool mean_first = graph.op_if<ir::Mean>(readers[0]) != nullptr;
  const NodeId mean = readers[mean_first ? 0 : 1], product = readers[mean_first ? 1 : 0];
  const auto* multiply = graph.op_if<ir::Mul>(product);
  if (!graph.op_if<ir::Mean>(mean) || !multiply || multiply->act != ir::Act::none) return {};
  const auto& operands = graph.node(product).inputs;
  if (operands[0] != id || operands[1] == id) return {};
  const ir::Node *squeeze = only_convolution(graph, mean), *next = only_convolution(graph, product);
  if (!squeeze || !next) return {};
  return EqualisedPair{graph.node(id).name, next->name, squeeze->name};
}

}  // namespace

std::vector<EqualisedPair> equalisable(const ir::Graph& graph) {
  const auto uses = uses_of_weights(graph);
  const auto own = [&](const ir::Node& node) {
    for (const std::string& weight : node.weights)
      if (uses.at(weight) > 1) return false;
    return true;
  };
  std::vector<EqualisedPair> pairs;
  for (NodeId id = 0; id < graph.size(); ++id) {
    const auto* first = graph.op_if<ir::Conv2d>(id);
    if (!first || !stretches(*first) || !own(graph.node(id))) continue;
    if (const ir::Node* reader = only_convolution(graph, id)) {
      if (own(*reader)) pairs.push_back({graph.node(id).name, reader->name});
    } else if (const auto pair = across_gate(graph, id)) {
      const ir::Node &second = graph.node(graph.find(pair->second)),
                     &squeeze = graph.node(graph.find(pair->squeeze));
      if (own(second) && own(squeeze)) pairs.push_back(*pair);
    }
  }
  return pairs;
}

ir::Model equalise(const ir::Model& model, Images images, const Runtime& runtime) {
  const auto pairs = equalisable(model.graph);
  if (pairs.empty()) return model;
  const auto values = channel_magnitudes(model, pairs, images, runtime);
  ir::Model equal = model;
  for (const auto& [first, second, squeeze] : pairs) {
    const ir::Node& writer = model.graph.node(model.graph.find(first));
    const ir::Node& reader = model.graph.node(model.graph.find(second));
    const int groups = std::get<ir::Conv2d>(reader.op).groups;
    // A copy: an earlier pair may have set it.
    const ir::Tensor read = equal.weights.at(reader.weights[0]);
    const auto by = factors(values.at(first), reader_magnitudes(read, groups), read.shape[1] == 1);
    for (const std::string& name : writer.weights)
      equal.weights.set(name, scaled_rows(ir::Tensor(equal.weights.at(name)), by));
    divide_columns(reader, by, equal.weights);
    if (!squeeze.empty())
      divide_columns(model.graph.node(model.graph.find(squeeze)), by, equal.weights);
  }
  return equal;
}

}  // namespace nnstretch::quantize

// Random weights and inputs for small graphs, the same for the same seed.
#pragma once
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string_view>
#include <vector>

#include "ir/graph.h"
#include "ir/text.h"

namespace nnstretch::testing {

// $NNSTRETCH_SEED moves every random test to other numbers.
inline uint32_t base_seed() {
  const char* given = std::getenv("NNSTRETCH_SEED");
  return given ? static_cast<uint32_t>(std::strtoul(given, nullptr, 10)) : 1;
}

class Random {
 public:
  explicit Random(uint32_t seed) : engine_(seed) {}
  int integer(int from, int to) { return std::uniform_int_distribution<int>(from, to)(engine_); }
  float real(float from, float to) {
    return std::uniform_real_distribution<float>(from, to)(engine_);
  }
  // Every order of magnitude between the two is as likely.
  float scale(float from, float to) { return std::exp(real(std::log(from), std::log(to))); }
  float normal() { return std::normal_distribution<float>()(engine_); }
  template <class T>
  T one_of(std::initializer_list<T> values) {
    return values.begin()[integer(0, static_cast<int>(values.size()) - 1)];
  }

 private:
  std::mt19937 engine_;
};

using Bytes = std::vector<std::byte>;

template <class T>
Bytes bytes_of(const std::vector<T>& values) {
  Bytes bytes(values.size() * sizeof(T));
  if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

template <class T>
std::vector<T> values_of(const Bytes& bytes) {
  std::vector<T> values(bytes.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

inline Bytes random_values(const ir::TensorType& type, Random& random) {
  const auto size = static_cast<size_t>(ir::count(type.shape));
  if (type.quant) {  // any byte is a value, signed or not
    std::vector<int8_t> values(size);
    for (int8_t& value : values) value = static_cast<int8_t>(random.integer(-128, 127));
    return bytes_of(values);
  }
  std::vector<float> values(size);
  for (float& value : values) value = 2 * random.normal();
  return bytes_of(values);
}

// Median of the weight scales that random_model() draws for int8 operators.
inline constexpr float kWeightScale = 0.01f;

// int8 weights with a scale a channel, int32 biases with the scales that belong to them.
inline void set_int8_weights(ir::Model& model, const ir::Node& node, const ir::Shape& shape,
                             Random& random) {
  const float input_scale = model.graph.node(node.inputs[0]).type.quant->scale;
  std::vector<int8_t> weights(static_cast<size_t>(ir::count(shape)));
  for (int8_t& weight : weights) weight = static_cast<int8_t>(random.integer(-127, 127));
  std::vector<float> scales, bias_scales;
  std::vector<int32_t> bias;
  for (int64_t c = 0; c < shape[0]; ++c) {
    scales.push_back(random.scale(kWeightScale / 3, kWeightScale * 3));
    bias_scales.push_back(input_scale * scales.back());
    bias.push_back(random.integer(-20000, 20000));
  }
  model.weights.set(node.weights[0], ir::make_tensor<int8_t>(shape, weights, scales));
  if (node.weights.size() > 1)
    model.weights.set(node.weights[1], ir::make_tensor<int32_t>({shape[0]}, bias, bias_scales));
}

inline ir::Tensor random_constant(const ir::TensorType& type, Random& random) {
  ir::Tensor tensor{.dtype = type.dtype, .shape = type.shape, .bytes = {}, .scales = {}};
  tensor.bytes = std::make_shared<const Bytes>(random_values(type, random));
  return tensor;
}

// A graph with weights of the types its operators need.
inline ir::Model random_model(std::string_view text, Random& random) {
  ir::Model model{.graph = ir::parse(text), .weights = {}, .name = "sample", .preprocess = {}};
  const auto slots = ir::weight_slots(model.graph);
  const auto shape_of = [&](const std::string& name) {
    for (const auto& slot : slots)
      if (slot.name == name) return slot.shape;
    return ir::Shape{};
  };
  for (const ir::Node& node : model.graph.nodes()) {
    if (node.weights.empty()) continue;
    if (std::holds_alternative<ir::Constant>(node.op)) {
      model.weights.set(node.weights[0], random_constant(node.type, random));
      continue;
    }
    if (node.type.dtype == DType::i8) {
      set_int8_weights(model, node, shape_of(node.weights[0]), random);
      continue;
    }
    for (const std::string& name : node.weights) {
      const bool is_variance = name.ends_with("running_var");
      std::vector<float> values(static_cast<size_t>(ir::count(shape_of(name))));
      for (float& value : values)
        value = is_variance ? random.real(0.5f, 1.5f) : random.real(-1, 1);
      model.weights.set(name, ir::make_tensor<float>(shape_of(name), values));
    }
  }
  return model;
}

// Values for every input of a graph.
inline std::vector<Bytes> random_inputs(const ir::Graph& graph, Random& random) {
  std::vector<Bytes> inputs;
  for (const ir::NodeId id : graph.inputs())
    inputs.push_back(random_values(graph.node(id).type, random));
  return inputs;
}

}  // namespace nnstretch::testing

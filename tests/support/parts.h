// Parts of a network on the inputs that the reference kernels give them, and how far two results
// are from each other or from float.
#pragma once
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <map>

#include "engines/list.h"
#include "engines/reference/evaluate.h"
#include "ir/passes/to_float.h"
#include "ir/stored_values.h"
#include "ir/subgraph.h"
#include "quantize/fidelity.h"
#include "support/engine_list.h"
#include "support/run_once.h"

namespace nnstretch::testing {

using Bytes = std::vector<std::byte>;
using Values = std::map<std::string, Bytes>;  // by name of the node

// Every value of a network for one input, by the reference kernels; the input too.
inline Values reference_values(const ir::Model& model, const Bytes& input) {
  std::vector<ir::NodeId> ids;
  for (ir::NodeId id = 0; id < model.graph.size(); ++id)
    if (!model.graph.op_if<ir::Input>(id)) ids.push_back(id);
  ir::Model all = model;
  all.graph = ir::with_outputs(model.graph, ids);
  auto values = engines::evaluate(all, std::vector<Bytes>{input});
  Values named = {{model.graph.node(model.graph.inputs()[0]).name, input}};
  for (size_t i = 0; i < values.size(); ++i)
    named[all.graph.node(all.graph.outputs()[i]).name] = std::move(values[i]);
  return named;
}

// Why an engine's numbers of this graph are wrong on this machine, whatever its kernels are meant
// to compute; empty if they are not.
inline std::string caution(std::string_view engine, const ir::Graph& graph) {
  return engine_named(engine).supports(graph, {.name = "any", .role = "cpu"}).caution;
}

// Outputs of a part for these inputs.
inline std::vector<Bytes> run_part(const engines::Engine& engine, const ir::Model& part,
                                   const engines::Processor& processor, const Values& values) {
  std::vector<Bytes> inputs;
  for (const ir::NodeId id : part.graph.inputs())
    inputs.push_back(values.at(part.graph.node(id).name));
  return run_once(engine, part, processor, inputs);
}

// Outputs of an int8 part computed in float from its int8 inputs, never rounded.
inline std::vector<std::vector<float>> float_values(const ir::Model& part, const Values& values) {
  ir::Model exact = ir::to_float(part);
  std::vector<ir::NodeId> before_rounding;
  for (const ir::NodeId id : exact.graph.outputs())
    before_rounding.push_back(exact.graph.node(id).inputs[0]);
  exact.graph = ir::with_outputs(exact.graph, before_rounding);
  constexpr std::array<std::string_view, 2> kEngines = {"openvino", "litert"};
  const engines::Engine& engine = engine_list().find_usable(kEngines);
  const auto outputs = run_part(engine, exact,
                                {.name = "float",
                                 .role = "cpu",
                                 .engine = engine.name(),
                                 .threads = 2,
                                 .precision = engines::Precision::f32},
                                values);
  std::vector<std::vector<float>> floats;
  for (const Bytes& output : outputs) {
    floats.emplace_back(output.size() / sizeof(float));
    std::memcpy(floats.back().data(), output.data(), output.size());
  }
  return floats;
}

// In int8 steps.
struct Difference {
  int largest = 0;
  double mean = 0;
};
inline Difference difference(std::span<const std::byte> a, std::span<const std::byte> b) {
  Difference d;
  EXPECT_EQ(a.size(), b.size());
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    const int step = std::abs(static_cast<int8_t>(a[i]) - static_cast<int8_t>(b[i]));
    d.largest = std::max(d.largest, step);
    d.mean += step / static_cast<double>(a.size());
  }
  return d;
}

// Root mean square of the difference in steps of the value's own scale.
inline double rms_steps(std::span<const float> truth, std::span<const std::byte> got,
                        const ir::TensorType& type) {
  const auto values = ir::to_floats(got, type);
  double sum = 0;
  for (size_t i = 0; i < truth.size(); ++i) {
    const double steps = (double{truth[i]} - values[i]) / type.quant->scale;
    sum += steps * steps / static_cast<double>(truth.size());
  }
  return std::sqrt(sum);
}

}  // namespace nnstretch::testing

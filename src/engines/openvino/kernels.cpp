#include "engines/openvino/kernels.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <openvino/core/model.hpp>
#include <sstream>

namespace nnstretch::engines::openvino {
namespace {

// Keys of the runtime model; their header is not among the installed ones.
constexpr const char* kOriginalNames = "originalLayersNames";
constexpr const char* kLayerType = "layerType";
constexpr const char* kKernel = "primitiveType";

std::string info(const ov::Node& node, const char* key) {
  const auto& all = node.get_rt_info();
  const auto found = all.find(key);
  return found == all.end() ? "" : found->second.as<std::string>();
}

bool is_layer(const std::string& type) {
  return type == "Convolution" || type == "FullyConnected" || type == "MatMul";
}

// Names of our nodes that a node of the compiled model stands for.
std::vector<std::string> originals(const ov::Node& node) {
  std::vector<std::string> names;
  std::istringstream list(info(node, kOriginalNames));
  for (std::string name; std::getline(list, name, ',');) names.push_back(name);
  return names;
}

std::set<std::string> integer_layers(const ir::Graph& graph) {
  std::set<std::string> names;
  for (const ir::Node& node : graph.nodes())
    if (node.type.dtype == DType::i8 && (std::holds_alternative<ir::Conv2d>(node.op) ||
                                         std::holds_alternative<ir::Linear>(node.op)))
      names.insert(node.name);
  return names;
}

// Those of `wanted` whose kernel is such a one.
std::set<std::string> layers_with(const ov::CompiledModel& compiled,
                                  const std::set<std::string>& wanted, const auto& is_such) {
  std::set<std::string> found;
  if (wanted.empty()) return found;
  for (const auto& node : compiled.get_runtime_model()->get_ops()) {
    if (!is_layer(info(*node, kLayerType)) || !is_such(info(*node, kKernel))) continue;
    for (const std::string& name : originals(*node))
      if (wanted.contains(name)) found.insert(name);
  }
  return found;
}

}  // namespace

std::set<std::string> saturating_layers(const ov::CompiledModel& compiled, const ir::Graph& graph) {
  return layers_with(compiled, integer_layers(graph), [](const std::string& kernel) {
    return kernel.starts_with("jit_gemm") && kernel.ends_with("I8");
  });
}

std::vector<std::string> kernel_notes(const ov::CompiledModel& compiled, const ir::Graph& graph) {
  const auto wanted = integer_layers(graph);
  const auto slow = layers_with(compiled, wanted,
                                [](const std::string& kernel) { return !kernel.ends_with("I8"); });
  if (slow.empty()) return {};
  return {fmt::format("{} of {} convolutions and linear layers run in f32: {}", slow.size(),
                      wanted.size(), fmt::join(slow, ", "))};
}

}  // namespace nnstretch::engines::openvino

#include "nets/layers.h"

#include <fmt/format.h>

#include "base/error.h"

namespace nnstretch::nets {

using ir::NodeId;

NodeId Layers::add_node(const Scope& scope, std::string_view name, ir::Op op,
                        std::vector<NodeId> inputs, std::vector<std::string> weights) {
  for (std::string& weight : weights) weight = scope.module + weight;
  return builder_.add({.name = scope.node + std::string(name),
                       .op = std::move(op),
                       .inputs = std::move(inputs),
                       .weights = std::move(weights),
                       .at = scope.at});
}

NodeId Layers::conv(const Scope& scope, NodeId x, std::string_view name, std::string_view weight,
                    int width, int kernel, int stride, int groups, bool bias) {
  std::vector<std::string> weights = {fmt::format("{}.weight", weight)};
  if (bias) weights.push_back(fmt::format("{}.bias", weight));
  return add_node(scope, name,
                  ir::Conv2d{.out_channels = width,
                             .window = ir::Window::square(kernel, stride),
                             .groups = groups,
                             .bias = bias},
                  {x}, std::move(weights));
}

NodeId Layers::batch_norm(const Scope& scope, NodeId x, std::string_view name,
                          std::string_view weight) {
  std::vector<std::string> weights;
  for (const char* suffix : {"weight", "bias", "running_mean", "running_var"})
    weights.push_back(fmt::format("{}.{}", weight, suffix));
  return add_node(scope, name, ir::BatchNorm{bn_eps_}, {x}, std::move(weights));
}

NodeId Layers::act(const Scope& scope, NodeId x, std::string_view name, ir::Act kind) {
  return add_node(scope, name, ir::Activation{kind}, {x});
}

NodeId Layers::max_pool(const Scope& scope, NodeId x, std::string_view name, int kernel,
                        int stride) {
  return add_node(scope, name, ir::MaxPool{ir::Window::square(kernel, stride)}, {x});
}

NodeId Layers::mean(const Scope& scope, NodeId x, std::string_view name, bool keep) {
  return add_node(scope, name, ir::Mean{keep}, {x});
}

NodeId Layers::add(const Scope& scope, NodeId x, NodeId y, std::string_view name) {
  return add_node(scope, name, ir::Add{}, {x, y});
}

NodeId Layers::concat(const Scope& scope, std::vector<NodeId> x, std::string_view name) {
  return add_node(scope, name, ir::Concat{3}, std::move(x));
}

NodeId Layers::slice(const Scope& scope, NodeId x, std::string_view name, int begin, int size) {
  return add_node(scope, name, ir::Slice{3, begin, size}, {x});
}

NodeId Layers::shuffle(const Scope& scope, NodeId x, std::string_view name, int groups) {
  return add_node(scope, name, ir::Shuffle{groups}, {x});
}

NodeId Layers::linear(const Scope& scope, NodeId x, std::string_view name, std::string_view weight,
                      int width) {
  return add_node(scope, name, ir::Linear{.out_features = width}, {x},
                  {fmt::format("{}.weight", weight), fmt::format("{}.bias", weight)});
}

NodeId Layers::squeeze_excite(const Scope& scope, NodeId x, int squeezed, ir::Act inner) {
  NodeId gate = mean(scope, x, "_se_mean", /*keep=*/true);
  gate = conv(scope, gate, "_se_reduce", "f_ex.0", squeezed, 1, 1, 1, /*bias=*/true);
  gate = act(scope, gate, "_se_act", inner);
  gate = conv(scope, gate, "_se_expand", "f_ex.2", width(x), 1, 1, 1, /*bias=*/true);
  gate = act(scope, gate, "_se_gate", ir::Act::sigmoid);
  return add_node(scope, "_se_scale", ir::Mul{}, {x, gate});
}

ir::Act activation(std::string_view name) {
  if (name == "relu") return ir::Act::relu;
  if (name == "relu6") return ir::Act::relu6;
  if (name == "silu" || name == "swish") return ir::Act::silu;
  if (name == "gelu") return ir::Act::gelu;
  throw ConfigError({.what = fmt::format("activation '{}' is not known", name),
                     .fix = "use relu, relu6, silu or gelu"});
}

}  // namespace nnstretch::nets

// The layers networks are made of, added to a graph under the names the field knows:
// weights by their state_dict name, nodes by the original's layer name.
#pragma once
#include <string>
#include <string_view>

#include "ir/graph.h"

namespace nnstretch::nets {

// Where a run of layers belongs. `node` is the prefix of node names ("s1_cpu_b1"), `module` of
// weight names ("s1.branches.0.b1.").
struct Scope {
  std::string node, module;
  ir::Place at;
  Scope inside(std::string_view node_piece, std::string_view module_piece) const {
    return {node + std::string(node_piece), module + std::string(module_piece), at};
  }
};

// Adds layers to a builder. Every call returns the node that holds the layer's value.
class Layers {
 public:
  Layers(ir::GraphBuilder& builder, float bn_eps) : builder_(builder), bn_eps_(bn_eps) {}

  // Convolution without bias, padded (k-1)/2 on all sides. `name` follows the scope's node prefix,
  // `weight` its module prefix: conv(scope, x, "_a_conv", "f.a", ...).
  ir::NodeId conv(const Scope& scope, ir::NodeId x, std::string_view name, std::string_view weight,
                  int width, int kernel = 1, int stride = 1, int groups = 1, bool bias = false);
  ir::NodeId batch_norm(const Scope& scope, ir::NodeId x, std::string_view name,
                        std::string_view weight);
  ir::NodeId act(const Scope& scope, ir::NodeId x, std::string_view name, ir::Act kind);
  ir::NodeId max_pool(const Scope& scope, ir::NodeId x, std::string_view name, int kernel,
                      int stride);
  ir::NodeId mean(const Scope& scope, ir::NodeId x, std::string_view name, bool keep);
  ir::NodeId add(const Scope& scope, ir::NodeId x, ir::NodeId y, std::string_view name);
  ir::NodeId concat(const Scope& scope, std::vector<ir::NodeId> x, std::string_view name);
  ir::NodeId slice(const Scope& scope, ir::NodeId x, std::string_view name, int begin, int size);
  ir::NodeId shuffle(const Scope& scope, ir::NodeId x, std::string_view name, int groups);
  ir::NodeId linear(const Scope& scope, ir::NodeId x, std::string_view name,
                    std::string_view weight, int width);
  // Squeeze and excitation: x * sigmoid(conv(act(conv(mean(x))))).
  ir::NodeId squeeze_excite(const Scope& scope, ir::NodeId x, int width, ir::Act act);

  int width(ir::NodeId x) const { return static_cast<int>(builder_.type(x).shape.back()); }

 private:
  ir::NodeId add_node(const Scope& scope, std::string_view name, ir::Op op,
                      std::vector<ir::NodeId> inputs, std::vector<std::string> weights = {});
  ir::GraphBuilder& builder_;
  float bn_eps_;
};

// "relu", "relu6", "silu" (or "swish"), "gelu"; ConfigError otherwise.
ir::Act activation(std::string_view name);

}  // namespace nnstretch::nets

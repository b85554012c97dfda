// Graphs for properties: any shape of branching, roles at random.
#pragma once
#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "ir/graph.h"

namespace nnstretch::testing {

inline const std::vector<std::string> kRoles = {"cpu", "dsp", "gpu"};

class RandomGraph {
 public:
  RandomGraph(uint32_t seed, size_t nodes, size_t roles) : random_(seed), roles_(roles) {
    for (size_t i = 0; i < 1 + pick(2); ++i)
      builder_.add(
          {.name = fmt::format("x{}", i), .op = ir::Input{{DType::f32, {1, 2, 2, 4}, {}}}});
    while (builder_.so_far().size() < nodes) add();
  }

  ir::Graph finish() && {
    const auto last = static_cast<ir::NodeId>(builder_.so_far().size() - 1);
    std::vector<ir::NodeId> outputs = {last};
    for (size_t more = pick(3); more-- > 0;)
      if (const ir::NodeId id = any();
          std::find(outputs.begin(), outputs.end(), id) == outputs.end())
        outputs.push_back(id);
    return std::move(builder_).finish(outputs);
  }

 private:
  size_t pick(size_t below) { return random_() % below; }

  // Mostly one of the last few values, so that chains and stages appear.
  ir::NodeId any() {
    const size_t size = builder_.so_far().size(), near = std::min<size_t>(size, 6);
    return static_cast<ir::NodeId>(pick(4) ? size - 1 - pick(near) : pick(size));
  }

  int64_t channels(ir::NodeId id) { return builder_.type(id).shape[3]; }

  void add() {
    ir::NodeSpec spec{.name = fmt::format("n{}", builder_.so_far().size()), .op = ir::Activation{}};
    spec.at = {1, 0, kRoles[pick(roles_)]};
    spec.inputs = {any()};
    switch (pick(5)) {
      case 0:
        concat(spec);
        break;
      case 1:
        sum(spec);
        break;
      case 2:
        if (channels(spec.inputs[0]) > 4) spec.op = ir::Slice{3, 1, 4};
        break;
      default:
        break;
    }
    builder_.add(std::move(spec));
  }

  void concat(ir::NodeSpec& spec) {
    for (size_t more = 1 + pick(2); more-- > 0;) spec.inputs.push_back(any());
    int64_t sum = 0;
    for (const ir::NodeId id : spec.inputs) sum += channels(id);
    if (sum > 64)
      spec.inputs.resize(1);
    else
      spec.op = ir::Concat{};
  }

  void sum(ir::NodeSpec& spec) {
    const ir::NodeId other = any();
    if (channels(other) != channels(spec.inputs[0])) return;
    spec.inputs.push_back(other);
    spec.op = ir::Add{};
  }

  std::mt19937 random_;
  size_t roles_;
  ir::GraphBuilder builder_;
};

inline ir::Graph random_graph(uint32_t seed, size_t nodes = 30, size_t roles = 3) {
  return RandomGraph(seed, nodes, roles).finish();
}

}  // namespace nnstretch::testing

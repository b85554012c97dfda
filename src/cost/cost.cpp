#include "cost/cost.h"

#include <fmt/format.h>

#include <functional>

#include "nets/build.h"

namespace nnstretch::cost {
namespace {

using ir::NodeId;

// One piece of the network, built alone on an input of `shape`.
struct Piece {
  ir::Cost cost;
  ir::Shape out;
};
Piece piece(const config::Config& config, const ir::Shape& shape,
            const std::function<NodeId(nets::Builder&, NodeId)>& add) {
  ir::GraphBuilder graph;
  nets::Builder net(config, graph);
  const NodeId x = graph.add({.name = "x", .op = ir::Input{{DType::f32, shape, {}}}});
  const NodeId y = add(net, x);
  const ir::Shape out = graph.type(y).shape;
  return {ir::cost_of(std::move(graph).finish({y})), out};
}

int side(const ir::Shape& shape) { return shape.size() == 4 ? static_cast<int>(shape[1]) : 1; }

}  // namespace

Report count(const config::Config& config, int im_size) {
  Report report;
  report.real = ir::cost_of(nets::build(config, im_size));
  ir::Shape shape = {1, im_size, im_size, 3};
  const auto add_row = [&](const std::string& part, int branch, const std::string& role,
                           const std::function<NodeId(nets::Builder&, NodeId)>& add) {
    const Piece made = piece(config, shape, add);
    report.rows.push_back({part, branch, role, side(made.out), static_cast<int>(shape.back()),
                           static_cast<int>(made.out.back()), made.cost});
    report.pycls += made.cost;
    return made.out;
  };

  shape = add_row("stem", 0, config.anynet.stem_device,
                  [](nets::Builder& net, NodeId x) { return net.stem(x); });
  const auto stages = config::stages(config);
  for (int i = 0; i < static_cast<int>(stages.size()); ++i) {
    ir::Shape out;
    for (int j = 0; j < static_cast<int>(stages[i].branches.size()); ++j)
      out = add_row(
          fmt::format("s{}", i + 1), j, stages[i].branches[j].role,
          [&](nets::Builder& net, NodeId x) { return net.branch(x, i, j, /*resize=*/false); });
    shape = out;
    shape.back() = stages[i].original_width;
  }
  add_row("head", 0, config.anynet.head_device,
          [](nets::Builder& net, NodeId x) { return net.head(x); });
  return report;
}

}  // namespace nnstretch::cost

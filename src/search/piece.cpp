#include "search/piece.h"

#include <fmt/format.h>

#include <cmath>
#include <numeric>

#include "config/stages.h"
#include "nets/build.h"

namespace nnstretch::search {
namespace {

using ir::NodeId;

ir::NodeId add_input(ir::GraphBuilder& graph, const std::string& name, int side, int w_in) {
  const ir::Shape shape = {1, side, side, w_in};
  return graph.add({.name = name, .op = ir::Input{{DType::f32, shape, {}}}});
}

ir::Shape out_of(const ir::Graph& graph) { return graph.node(graph.outputs().at(0)).type.shape; }
int side_of(const ir::Graph& graph) { return static_cast<int>(out_of(graph).at(1)); }
int width_of(const ir::Graph& graph) { return static_cast<int>(out_of(graph).back()); }

// What a branch's time depends on beside depth, width and w_in. What is as usual is left out.
std::string series_of(const config::Config& config, const config::Stage& stage, size_t index,
                      int side) {
  const config::Branch& branch = stage.branches.at(index);
  const config::AnyNet& net = config.anynet;
  std::string series = fmt::format("{} side={} stride={} act={}", net.block_type, side,
                                   branch.stride, branch.activation);
  if (branch.bot_mul != 1) series += fmt::format(" bot={}", branch.bot_mul);
  const auto inner = static_cast<int>(std::nearbyint(branch.width * branch.bot_mul));
  if (branch.group_w && *branch.group_w < inner)
    series += fmt::format(" group={}", *branch.group_w);
  if (stage.kernel != 3) series += fmt::format(" kernel={}", stage.kernel);
  if (net.se_on) series += fmt::format(" se={}/{}", net.se_r, config.model.activation_fun);
  if (net.mb_ver == 1)
    series += fmt::format(" of={}/{}", stage.original_width,
                          stage.original_width / static_cast<int>(stage.branches.size()));
  return series;
}

}  // namespace

std::string to_string(const Piece& piece) {
  return fmt::format("{}, depth {}, width {}, {} channels in", piece.series, piece.depth,
                     piece.width, piece.w_in);
}

PlacedPiece branch_piece(const config::Config& config, int stage, int branch, int side, int w_in) {
  ir::GraphBuilder graph;
  nets::Builder net(config, graph);
  const config::Stage& whole = net.stage(stage);
  const auto& one = whole.branches.at(branch);
  const NodeId y = net.branch(add_input(graph, "x", side, w_in), stage, branch);
  return {one.role,
          {series_of(config, whole, branch, side), one.depth, one.width, w_in},
          std::move(graph).finish({y})};
}

PlacedPiece meeting_piece(const config::Config& config, int stage, int side,
                          const std::vector<int>& widths) {
  ir::GraphBuilder graph;
  nets::Builder net(config, graph);
  std::vector<NodeId> branches;
  for (size_t i = 0; i < widths.size(); ++i)
    branches.push_back(add_input(graph, fmt::format("x{}", i), side, widths[i]));
  const NodeId y = net.merge(branches, stage);
  return {config.anynet.merge_device,
          {fmt::format("meeting side={}", side), 1, static_cast<int>(widths.size()),
           std::accumulate(widths.begin(), widths.end(), 0)},
          std::move(graph).finish({y})};
}

PlacedPiece stem_piece(const config::Config& config, int im_size) {
  ir::GraphBuilder graph;
  nets::Builder net(config, graph);
  const NodeId y = net.stem(add_input(graph, "x", im_size, 3));
  const config::AnyNet& any = config.anynet;
  return {any.stem_device,
          {fmt::format("stem {} side={} kernel={} act={}", any.stem_type, im_size, any.stem_k,
                       config.model.activation_fun),
           1, any.stem_w, 3},
          std::move(graph).finish({y})};
}

PlacedPiece head_piece(const config::Config& config, int side, int w_in) {
  ir::GraphBuilder graph;
  nets::Builder net(config, graph);
  const NodeId y = net.head(add_input(graph, "x", side, w_in));
  std::string series = fmt::format("head side={}", side);
  if (config.anynet.head_w > 0)
    series += fmt::format(" conv={} act={}", config.anynet.head_w, config.model.activation_fun);
  return {config.anynet.head_device,
          {series, 1, config.model.num_classes, w_in},
          std::move(graph).finish({y})};
}

Layout layout_of(const config::Config& config, int im_size) {
  PlacedPiece stem = stem_piece(config, im_size);
  int side = side_of(stem.graph), w_in = width_of(stem.graph);
  std::vector<StageLayout> stages;
  const auto configured = config::stages(config);
  for (int i = 0; i < static_cast<int>(configured.size()); ++i) {
    StageLayout& stage = stages.emplace_back();
    std::vector<int> widths;
    for (int j = 0; j < static_cast<int>(configured[i].branches.size()); ++j) {
      stage.branches.push_back(branch_piece(config, i, j, side, w_in));
      widths.push_back(width_of(stage.branches.back().graph));
    }
    side = side_of(stage.branches[0].graph);
    w_in = std::accumulate(widths.begin(), widths.end(), 0);
    if (widths.size() > 1) stage.meeting = meeting_piece(config, i, side, widths);
  }
  return {std::move(stem), std::move(stages), head_piece(config, side, w_in)};
}

}  // namespace nnstretch::search

#include "search/plain.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/error.h"
#include "config/column.h"

namespace nnstretch::search {
namespace {

using config::List;
using config::Value;

int inner_width(const config::Branch& branch, int width) {
  return static_cast<int>(std::nearbyint(width * branch.bot_mul));
}
bool has_groups(const config::Branch& branch) {
  return branch.group_w && *branch.group_w < inner_width(branch, branch.width);
}

// Widths whose inner convolutions have whole groups, and multiples of 8 channels where they have
// one. About 32 steps up to the plain width: latency is a staircase in it.
int step_of(const config::Branch& branch) {
  const double narrowing = std::min(branch.bot_mul, 1.0);
  const int inner = has_groups(branch) ? *branch.group_w : 8;
  const int unit = std::max(1, static_cast<int>(std::lround(inner / narrowing)));
  const int wanted = std::max({unit, 8, branch.width / 32 / 8 * 8});
  return std::max(unit, wanted / unit * unit);
}

Value number(double value) {
  if (value == std::floor(value)) return static_cast<int64_t>(value);
  return value;
}

// A list of lists: of each stage one entry a branch.
List by_branch(const nets::NetSize& size, const auto& entry) {
  List stages;
  for (size_t i = 0; i < size.size(); ++i) {
    List branches;
    for (const nets::BranchSize& branch : size[i]) branches.push_back(entry(i, branch));
    stages.emplace_back(std::move(branches));
  }
  return stages;
}

std::vector<int> from_share(int most, double least_share, int step) {
  const auto least = static_cast<int>(std::ceil(least_share * most - 1e-9));
  std::set<int> found = {most};
  for (int value = step; value < most; value += step)
    if (value >= least) found.insert(value);
  return {found.begin(), found.end()};
}

}  // namespace

std::vector<std::string> first_roles(size_t count) {
  const std::vector<std::string> all = {"cpu", "dsp", "gpu", "npu"};
  return {all.begin(), all.begin() + static_cast<ptrdiff_t>(std::min(count, all.size()))};
}

Plain::Plain(const config::Config& config, int im_size)
    : config_(config),
      im_size_(im_size),
      configured_(config::stages(config)),
      fixed_meetings_(config.anynet.block_type == "mbconv") {
  for (const auto& stage : configured_)
    if (stage.branches.size() > 1)
      throw ConfigError(
          {.what = "the network to stretch has branches already",
           .where = config.where("ANYNET.DEPTHS"),
           .fix = "give the plain one as `net`, and this one as `like` for its shares"});
  const Layout layout = layout_of(config, im_size);
  for (size_t i = 0; i < configured_.size(); ++i) {
    const ir::Graph& graph = layout.stages[i].branches[0].graph;
    const auto& shape = graph.node(graph.inputs().at(0)).type.shape;
    const auto& out = graph.node(graph.outputs().at(0)).type.shape;
    const auto& branch = configured_[i].branches[0];
    stages_.push_back({.depth = branch.depth,
                       .width = branch.width,
                       .side = static_cast<int>(shape.at(1)),
                       .w_in = static_cast<int>(shape.back()),
                       .side_out = static_cast<int>(out.at(1)),
                       .step = step_of(branch),
                       .cost = ir::cost_of(graph)});
  }
}

std::vector<int> Plain::depths(int stage, double least_share) const {
  return from_share(stages_.at(stage).depth, least_share, 1);
}
std::vector<int> Plain::widths(int stage, double least_share) const {
  return from_share(stages_.at(stage).width, least_share, stages_.at(stage).step);
}

int Plain::meeting_width(int stage, const std::vector<int>& widths) const {
  const int count = static_cast<int>(widths.size());
  int sum = 0;
  for (const int width : widths) sum += fixed_meetings_ ? stages_.at(stage).width / count : width;
  return sum;
}

config::Config Plain::stretched(const nets::NetSize& size, const Roles& roles) const {
  config::Config made = config_;
  config::AnyNet& net = made.anynet;
  const auto plain = [&](size_t stage) -> const config::Branch& {
    return configured_.at(stage).branches[0];
  };
  net.depths = by_branch(size, [](size_t, const auto& one) { return one.depth; });
  net.widths = by_branch(size, [](size_t, const auto& one) { return one.width; });
  net.strides = by_branch(size, [&](size_t i, const auto&) { return plain(i).stride; });
  if (!net.bot_muls.empty()) {
    net.bot_muls = {};
    for (size_t i = 0; i < size.size(); ++i) net.bot_muls.push_back(number(plain(i).bot_mul));
  }
  if (!net.group_ws.empty())
    net.group_ws = by_branch(size, [&](size_t i, const auto& one) {
      return has_groups(plain(i)) ? *plain(i).group_w : inner_width(plain(i), one.width);
    });
  if (!net.activation_fun.empty())
    net.activation_fun = List(roles.devices.size(), net.activation_fun[0]);
  net.devices = {};
  for (const auto& role : roles.devices) net.devices.emplace_back(role);
  net.stem_device = roles.stem.empty() ? roles.devices.at(0) : roles.stem;
  net.head_device = roles.head.empty() ? roles.devices.at(0) : roles.head;
  net.merge_device = roles.devices.at(0);
  net.original_widths = {};
  for (size_t i = 0; i < size.size(); ++i) {
    int sum = 0;
    for (const auto& one : size[i]) sum += one.width;
    net.original_widths.emplace_back(fixed_meetings_ ? stages_.at(i).width : sum);
  }
  if (fixed_meetings_) net.mb_ver = 1;
  return made;
}

// The plain network, but for one stage.
config::Config Plain::with_stage(int stage, int count, nets::BranchSize size) const {
  nets::NetSize whole;
  for (const PlainStage& one : stages_) whole.push_back({{one.depth, one.width}});
  whole.at(stage).assign(count, size);
  return stretched(whole, {.devices = first_roles(count)});
}

PlacedPiece Plain::branch(int stage, int count, nets::BranchSize size, int w_in) const {
  return branch_piece(with_stage(stage, count, size), stage, 0, stages_.at(stage).side, w_in);
}

PlacedPiece Plain::meeting(int stage, int count, int w_out) const {
  std::vector<int> widths(count, w_out / count);
  widths.back() += w_out % count;
  const auto& whole = stages_.at(stage);
  return meeting_piece(with_stage(stage, count, {whole.depth, whole.width}), stage, whole.side_out,
                       widths);
}

ir::Cost Plain::built_cost(int stage, int count, nets::BranchSize size, int w_in) const {
  return ir::cost_of(branch(stage, count, size, w_in).graph);
}

// Blocks behind the first are all alike, and read what they give.
ir::Cost Plain::branch_cost(int stage, int count, nets::BranchSize size, int w_in) const {
  if (!fixed_meetings_) count = 1;  // then a branch does not know of the others
  const auto [first, fresh] = first_blocks_.try_emplace({stage, count, size.width, w_in});
  if (fresh) first->second = built_cost(stage, count, {1, size.width}, w_in);
  if (size.depth == 1) return first->second;
  const auto [further, unknown] = further_blocks_.try_emplace({stage, count, size.width});
  if (unknown) {
    const ir::Cost two = built_cost(stage, count, {2, size.width}, w_in);
    further->second = {two.flops - first->second.flops, two.params - first->second.params,
                       two.acts - first->second.acts};
  }
  ir::Cost cost = first->second;
  for (int i = 1; i < size.depth; ++i) cost += further->second;
  return cost;
}

}  // namespace nnstretch::search

#include "nets/build.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "config/plain.h"
#include "nets/blocks.h"

namespace nnstretch::nets {
namespace {

using ir::NodeId;

// Nearest multiple of 8, at least 8, not below 90 % of the value.
int make_divisible(double value) {
  int width = std::max(8, static_cast<int>(std::floor((value + 4) / 8)) * 8);
  if (width < 0.9 * value) width += 8;
  return width;
}

}  // namespace

Builder::Builder(const config::Config& config, ir::GraphBuilder& graph)
    : config_(config::as_anynet(config)),
      plain_(config::is_plain(config)),
      stages_(config::stages(config)),
      layers_(graph, static_cast<float>(config.bn.eps)) {}

NodeId Builder::stem(NodeId x) {
  const auto& net = config_.anynet;
  const Scope scope{"st_" + net.stem_device, "stem.", {0, 0, net.stem_device}};
  const bool cifar = net.stem_type == "res_stem_cifar";
  if (!cifar && net.stem_type != "res_stem_in" && net.stem_type != "simple_stem_in")
    throw ConfigError({.what = fmt::format("STEM_TYPE '{}' is not known", net.stem_type),
                       .where = config_.where("ANYNET.STEM_TYPE"),
                       .fix = "use simple_stem_in, res_stem_in or res_stem_cifar"});
  x = layers_.conv(scope, x, "_conv", "conv", net.stem_w, cifar ? 3 : net.stem_k, cifar ? 1 : 2);
  x = layers_.batch_norm(scope, x, "_bn", "bn");
  x = layers_.act(scope, x, "_act", activation(config_.model.activation_fun));
  return net.stem_type == "res_stem_in" ? layers_.max_pool(scope, x, "_pool", 3, 2) : x;
}

// Node names carry the role; where two branches of a stage share one, its number too.
Scope Builder::branch_scope(int stage, int branch) const {
  const auto& branches = stages_[stage].branches;
  const std::string& role = branches[branch].role;
  const auto same = std::count_if(branches.begin(), branches.end(),
                                  [&](const auto& other) { return other.role == role; });
  std::string node = fmt::format("s{}_{}", stage + 1, role);
  if (same > 1) node += fmt::format("_{}", branch);
  const std::string module =
      plain_ ? fmt::format("s{}.", stage + 1) : fmt::format("s{}.branches.{}.", stage + 1, branch);
  return {node, module, {stage + 1, branch, role}};
}

// MB_VER 1 starts a branch by a 1x1 convolution to its share of the input channels.
NodeId Builder::entry(NodeId x, const Scope& scope, const config::Branch& branch,
                      int original_width) {
  const double share = static_cast<double>(branch.width) / original_width;
  x = layers_.conv(scope, x, "_convfirst", "0", make_divisible(share * layers_.width(x)));
  return layers_.batch_norm(scope, x, "_convfirst_bn", "1");
}

NodeId Builder::branch(NodeId x, int stage, int index, bool resize) {
  const config::Stage& whole = stages_.at(stage);
  const config::Branch& branch = whole.branches.at(index);
  const Scope outer = branch_scope(stage, index);
  Scope inner = outer;
  const bool version1 = config_.anynet.mb_ver == 1;
  const int share = whole.original_width / static_cast<int>(whole.branches.size());
  const bool resized = version1 && branch.width != share;
  if (version1) {
    const Scope sequence = resized ? outer.inside("", "0.") : outer;
    x = entry(x, sequence, branch, whole.original_width);
    inner = sequence.inside("", "2.");
  }
  BlockParams params{.width = branch.width,
                     .stride = branch.stride,
                     .bot_mul = branch.bot_mul,
                     .group_w = branch.group_w,
                     .kernel = whole.kernel,
                     .se_r = config_.anynet.se_on ? config_.anynet.se_r : 0,
                     .act = activation(branch.activation),
                     .se_act = activation(config_.model.activation_fun),
                     .stride_1x1 = config_.model.type == "resnet" && config_.resnet.stride_1x1};
  for (int block = 1; block <= branch.depth; ++block, params.stride = 1) {
    const Scope scope = inner.inside(fmt::format("_b{}", block), fmt::format("b{}.", block));
    x = add_block(config_.anynet.block_type, layers_, scope, x, params);
  }
  if (!resized || !resize) return x;
  x = layers_.conv(outer, x, "_convlast", "1", share);
  return layers_.batch_norm(outer, x, "_convlast_bn", "2");
}

NodeId Builder::merge(std::vector<NodeId> branches, int stage) {
  if (branches.size() == 1) return branches[0];
  const std::string& role = config_.anynet.merge_device;
  const Scope scope{
      fmt::format("s{}_{}", stage + 1, role), "", {stage + 1, ir::Place::kMeeting, role}};
  return layers_.concat(scope, std::move(branches), "_concat");
}

NodeId Builder::head(NodeId x) {
  const std::string& role = config_.anynet.head_device;
  const Scope scope{"head_" + role, "head.", {stage_count() + 1, 0, role}};
  if (config_.anynet.head_w > 0) {
    x = layers_.conv(scope, x, "_conv", "conv", config_.anynet.head_w);
    const char* norm = config_.model.type == "effnet" ? "conv_bn" : "bn";
    x = layers_.batch_norm(scope, x, "_bn", norm);
    x = layers_.act(scope, x, "_act", activation(config_.model.activation_fun));
  }
  x = layers_.mean(scope, x, "_gap", /*keep=*/false);
  return layers_.linear(scope, x, "_dense", "fc", config_.model.num_classes);
}

ir::Graph build(const config::Config& config, int im_size) {
  ir::GraphBuilder graph;
  Builder net(config, graph);
  const ir::TensorType image{DType::f32, {1, im_size, im_size, 3}, {}};
  NodeId x =
      graph.add({.name = "input", .op = ir::Input{image}, .at = {0, 0, config.anynet.stem_device}});
  x = net.stem(x);
  for (int stage = 0; stage < net.stage_count(); ++stage) {
    std::vector<NodeId> branches;
    for (size_t j = 0; j < net.stage(stage).branches.size(); ++j)
      branches.push_back(net.branch(x, stage, static_cast<int>(j)));
    x = net.merge(std::move(branches), stage);
  }
  return std::move(graph).finish({net.head(x)});
}

}  // namespace nnstretch::nets

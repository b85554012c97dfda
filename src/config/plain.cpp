#include "config/plain.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "base/error.h"
#include "config/complaints.h"

namespace nnstretch::config {
namespace {

constexpr int kMostBlocks = 1000;
constexpr int kWidestStage = 1 << 16;

// Python's round(): halves go to the even neighbour.
double rounded(double value) { return std::nearbyint(value); }

// ANYNET.`key` was derived from the key `from`: complaints point there.
void derive(Config& net, std::string_view key, std::string_view from) {
  net.origins.insert_or_assign(fmt::format("ANYNET.{}", key), net.where(from));
}
void derive_lists(Config& net, std::string_view from) {
  for (const char* key : {"DEPTHS", "WIDTHS", "STRIDES", "BOT_MULS", "GROUP_WS"})
    derive(net, key, from);
}

List powers_of_two(int first, size_t count) {
  List list;
  for (size_t i = 0; i < count; ++i) list.emplace_back(first << i);
  return list;
}

void cifar_resnet(Config& net) {
  const int depth = net.model.depth;
  if (depth < 8 || (depth - 2) % 6 != 0 || depth > 6 * kMostBlocks + 2)
    fail(net, "MODEL.DEPTH", fmt::format("is {}", depth),
         "write 6n + 2 for pictures of CIFAR, such as 56 (for larger pictures TRAIN.DATASET may "
         "not be called cifar)");
  if (net.resnet.trans_fun != "basic_transform")
    fail(net, "RESNET.TRANS_FUN", "makes no network for CIFAR", "write basic_transform");
  const int blocks = (depth - 2) / 6;
  net.anynet.stem_type = "res_stem_cifar";
  net.anynet.stem_w = 16;
  net.anynet.depths = {blocks, blocks, blocks};
  net.anynet.widths = powers_of_two(16, 3);
  net.anynet.strides = {1, 2, 2};
}

void imagenet_resnet(Config& net) {
  static const std::map<int, List> kDepths = {
      {50, {3, 4, 6, 3}}, {101, {3, 4, 23, 3}}, {152, {3, 8, 36, 3}}};
  const auto depths = kDepths.find(net.model.depth);
  if (depths == kDepths.end())
    fail(net, "MODEL.DEPTH", fmt::format("is {}", net.model.depth),
         "write 50, 101 or 152, or 6n + 2 for a TRAIN.DATASET that is called cifar");
  const int groups = net.resnet.num_groups, group_w = net.resnet.width_per_group;
  in_range(net, "RESNET.NUM_GROUPS", groups, 1, kWidestStage);
  in_range(net, "RESNET.WIDTH_PER_GROUP", group_w, 1, kWidestStage / groups);
  net.anynet.stem_type = "res_stem_in";
  net.anynet.stem_w = 64;
  net.anynet.stem_k = 7;
  net.anynet.depths = depths->second;
  net.anynet.widths = powers_of_two(256, 4);
  net.anynet.strides = {1, 2, 2, 2};
  if (net.resnet.trans_fun == "basic_transform") return;
  net.anynet.bot_muls = List(4, Value(groups * group_w / 256.0));
  net.anynet.group_ws = powers_of_two(group_w, 4);
}

void resnet(Config& net) {
  one_of(net, "RESNET.TRANS_FUN", net.resnet.trans_fun,
         {"basic_transform", "bottleneck_transform"});
  const bool basic = net.resnet.trans_fun == "basic_transform";
  net.anynet.bot_muls = net.anynet.group_ws = net.anynet.kernels = {};
  net.anynet.se_on = false;
  net.anynet.head_w = 0;
  net.anynet.block_type = basic ? "res_basic_block" : "res_bottleneck_block";
  derive_lists(net, "MODEL.DEPTH");
  if (net.train.dataset.find("cifar") != std::string::npos)
    cifar_resnet(net);
  else
    imagenet_resnet(net);
}

struct Widths {
  std::vector<int> widths, depths;  // by stage
};

// Widths that grow linearly with the block, rounded to a power of WM times W0, then to 8: blocks of
// one width are a stage ("Designing Network Design Spaces", CVPR 2020, equations 2 to 4).
Widths regnet_widths(const RegNet& regnet) {
  constexpr int kQuantum = 8;
  std::map<int, int> blocks;
  for (int block = 0; block < regnet.depth; ++block) {
    const double linear = block * regnet.wa + regnet.w0;
    const double power = rounded(std::log(linear / regnet.w0) / std::log(regnet.wm));
    const double width = rounded(regnet.w0 * std::pow(regnet.wm, power) / kQuantum) * kQuantum;
    ++blocks[static_cast<int>(std::min(width, 1e9))];
  }
  Widths stages;
  for (const auto& [width, depth] : blocks) {
    stages.widths.push_back(width);
    stages.depths.push_back(depth);
  }
  return stages;
}

void check_regnet(const Config& net) {
  const RegNet& regnet = net.regnet;
  in_range(net, "REGNET.DEPTH", regnet.depth, 1, kMostBlocks);
  in_range(net, "REGNET.W0", regnet.w0, 1, kWidestStage);
  in_range(net, "REGNET.GROUP_W", regnet.group_w, 1, kWidestStage);
  if (regnet.w0 % 8 != 0)
    fail(net, "REGNET.W0", fmt::format("is {}", regnet.w0), "write a multiple of 8");
  if (!(regnet.wa >= 0 && regnet.wa <= kWidestStage))
    fail(net, "REGNET.WA", fmt::format("is {}", regnet.wa), "write a number of 0 or more");
  if (!(regnet.wm > 1 && regnet.wm <= kWidestStage))
    fail(net, "REGNET.WM", fmt::format("is {}", regnet.wm), "write a number above 1");
  const double bot = regnet.bot_mul;
  if (!(bot > 0 && (bot < 1 || bot == std::floor(bot)) && bot <= 64))
    fail(net, "REGNET.BOT_MUL", fmt::format("is {}", bot),
         "write a number below 1, or a whole one (as 2.0)");
}

// Groups divide the inner width of their block: both are changed until they do, as pycls does.
struct Fitted {
  int width = 0, group_w = 0;
};
Fitted fit_groups(int width, double bot_mul, int group_w) {
  const int inner = std::max(1, static_cast<int>(width * bot_mul));
  const int group = std::min(group_w, inner);
  const int multiple = bot_mul > 1 ? std::lcm(group, static_cast<int>(bot_mul)) : group;
  const auto fitted = std::max(
      multiple, static_cast<int>(rounded(static_cast<double>(inner) / multiple)) * multiple);
  return {static_cast<int>(fitted / bot_mul), group};
}

void regnet(Config& net) {
  check_regnet(net);
  const RegNet& regnet = net.regnet;
  derive_lists(net, "REGNET.W0");
  for (const char* key : {"STEM_TYPE", "STEM_W", "BLOCK_TYPE", "SE_R", "HEAD_W"})
    derive(net, key, fmt::format("REGNET.{}", key));
  derive(net, "STRIDES", "REGNET.STRIDE");
  AnyNet& any = net.anynet;
  any.stem_type = regnet.stem_type;
  any.stem_w = regnet.stem_w;
  any.stem_k = regnet.stem_type == "res_stem_in" ? 7 : 3;
  any.block_type = regnet.block_type;
  any.se_on = regnet.se_on;
  any.se_r = regnet.se_r;
  any.head_w = regnet.head_w;
  any.depths = any.widths = any.strides = any.bot_muls = any.group_ws = any.kernels = {};
  const Widths stages = regnet_widths(regnet);
  for (size_t i = 0; i < stages.widths.size(); ++i) {
    const Fitted fitted = fit_groups(stages.widths[i], regnet.bot_mul, regnet.group_w);
    any.depths.emplace_back(stages.depths[i]);
    any.widths.emplace_back(fitted.width);
    any.strides.emplace_back(regnet.stride);
    any.bot_muls.emplace_back(regnet.bot_mul);
    any.group_ws.emplace_back(fitted.group_w);
  }
}

void effnet(Config& net) {
  for (const char* key : {"STEM_W", "DEPTHS", "WIDTHS", "STRIDES", "KERNELS", "SE_R", "HEAD_W"})
    derive(net, key, fmt::format("EN.{}", key));
  derive(net, "BOT_MULS", "EN.EXP_RATIOS");
  AnyNet& any = net.anynet;
  any.stem_type = "simple_stem_in";
  any.stem_w = net.en.stem_w;
  any.stem_k = 3;
  any.block_type = "mbconv";
  any.depths = net.en.depths;
  any.widths = net.en.widths;
  any.strides = net.en.strides;
  any.bot_muls = net.en.exp_ratios;
  any.group_ws = {};
  any.kernels = net.en.kernels;
  any.se_on = net.en.se_r != 0;
  any.se_r = net.en.se_r;
  any.head_w = net.en.head_w;
}

void check_no_branches(const Config& net) {
  const std::string section(section_of_lists(net));
  const auto check = [&](const char* key, const List& list) {
    for (const Value& entry : list)
      if (entry.get_if<List>())
        fail(net, fmt::format("{}.{}", section, key), "has a list in it: branches",
             fmt::format("write one value a stage for {}, or MODEL.TYPE mbanynet", net.model.type));
  };
  check("DEPTHS", net.anynet.depths);
  check("WIDTHS", net.anynet.widths);
  check("STRIDES", net.anynet.strides);
  check(section == "EN" ? "EXP_RATIOS" : "BOT_MULS", net.anynet.bot_muls);
  check("GROUP_WS", net.anynet.group_ws);
}

}  // namespace

bool is_plain(const Config& config) {
  const std::string& type = config.model.type;
  if (type == "mbanynet") return false;
  if (type == "anynet" || type == "resnet" || type == "regnet" || type == "effnet") return true;
  const char* known = "write mbanynet, anynet, resnet, regnet or effnet";
  fail(config, "MODEL.TYPE", fmt::format("'{}' cannot be built", type),
       type == "vit" ? fmt::format("vision transformers are not known here: {}", known)
                     : std::string(known));
}

std::string_view section_of_lists(const Config& config) {
  return config.model.type == "effnet" ? "EN" : "ANYNET";
}

Config as_anynet(const Config& config) {
  if (!is_plain(config)) return config;
  Config net = config;
  // What only networks of branches look at.
  net.anynet.mb_ver = 2;
  net.anynet.original_widths = net.anynet.activation_fun = {};
  if (net.anynet.devices.empty()) net.anynet.devices = {net.anynet.stem_device};
  if (net.model.type == "resnet") resnet(net);
  if (net.model.type == "regnet") regnet(net);
  if (net.model.type == "effnet") effnet(net);
  check_no_branches(net);
  return net;
}

}  // namespace nnstretch::config

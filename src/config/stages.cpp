#include "config/stages.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "config/column.h"
#include "config/network_checks.h"
#include "config/plain.h"

namespace nnstretch::config {
namespace {

struct Columns {
  // Of a configuration that as_anynet() gave.
  explicit Columns(const Config& c)
      : depths{c, name(c, "DEPTHS"), c.anynet.depths},
        widths{c, name(c, "WIDTHS"), c.anynet.widths},
        strides{c, name(c, "STRIDES"), c.anynet.strides},
        bot_muls{c, name(c, c.model.type == "effnet" ? "EXP_RATIOS" : "BOT_MULS"),
                 c.anynet.bot_muls},
        group_ws{c, name(c, "GROUP_WS"), c.anynet.group_ws},
        kernels{c, name(c, "KERNELS"), c.anynet.kernels},
        original_widths{c, name(c, "ORIGINAL_WIDTHS"), c.anynet.original_widths} {}
  static std::string name(const Config& config, std::string_view key) {
    return fmt::format("{}.{}", section_of_lists(config), key);
  }

  Column depths, widths, strides, bot_muls, group_ws, kernels, original_widths;
};

size_t count_stages(const Columns& all) {
  for (const Column* needed : {&all.depths, &all.widths, &all.strides})
    if (needed->absent()) needed->fail("is empty: there is no network", "give one entry per stage");
  const size_t count = all.depths.list.size();
  for (const Column* other : {&all.widths, &all.strides, &all.bot_muls, &all.group_ws, &all.kernels,
                              &all.original_widths})
    if (!other->absent() && other->list.size() != count)
      all.depths.fail(fmt::format("has {} stages, {} {}", count,
                                  other->key.substr(other->key.find('.') + 1), other->list.size()),
                      "give one entry per stage");
  return count;
}

size_t count_branches(const Columns& all, const Config& config, size_t stage) {
  size_t count = std::min(
      {all.depths.branches(stage), all.widths.branches(stage), all.strides.branches(stage)});
  if (count == no_limit) count = 1;  // DEPTHS: [3, 4, 6, 3] and so on: a network without branches
  count = std::min({count, all.bot_muls.branches(stage), all.group_ws.branches(stage),
                    config.anynet.devices.size()});
  if (!config.anynet.activation_fun.empty())
    count = std::min(count, config.anynet.activation_fun.size());
  if (count == 0) all.depths.fail(stage, "has no branch", "give one entry per branch in each list");
  return count;
}

double bottleneck(const Column& column, size_t stage, size_t branch) {
  if (column.absent()) return 1.0;
  const Value& value = column.at(stage, branch);
  const auto* whole = value.get_if<int64_t>();
  const auto* real = value.get_if<double>();
  if (value.is_null()) return 1.0;
  const double factor = whole ? static_cast<double>(*whole) : real ? *real : 0.0;
  if (!(factor > 0.0 && factor <= 64.0))
    column.fail(stage, fmt::format("{} is no factor", to_yaml(value)),
                "write a number above 0, 64 at most");
  return factor;
}

std::optional<int> group_width(const Column& column, size_t stage, size_t branch) {
  if (column.absent() || column.at(stage, branch).is_null()) return std::nullopt;
  return column.whole(stage, column.at(stage, branch), 1, widest);
}

std::string activation_of(const Config& config, size_t branch) {
  const List& list = config.anynet.activation_fun;
  if (list.empty())
    return known_activation(config, "MODEL.ACTIVATION_FUN", config.model.activation_fun);
  return known_activation(config, "ANYNET.ACTIVATION_FUN", list[branch]);
}

Branch read_branch(const Columns& all, const Config& config, size_t stage, size_t branch) {
  const auto whole = [&](const Column& column, int most) {
    return column.whole(stage, column.at(stage, branch), 1, most);
  };
  return {.role = known_role(config, "ANYNET.DEVICES", config.anynet.devices[branch]),
          .depth = whole(all.depths, deepest),
          .width = whole(all.widths, widest),
          .stride = whole(all.strides, 2),
          .bot_mul = bottleneck(all.bot_muls, stage, branch),
          .group_w = group_width(all.group_ws, stage, branch),
          .activation = activation_of(config, branch)};
}

int kernel_of(const Column& column, size_t stage) {
  if (column.absent() || column.list[stage].is_null()) return 3;
  const int kernel = column.whole(stage, column.list[stage], 1, largest_kernel);
  if (kernel % 2 == 0) column.fail(stage, fmt::format("{} is even", kernel), "write an odd number");
  return kernel;
}

int original_width_of(const Column& column, size_t stage, const Stage& read) {
  if (!column.absent()) return column.whole(stage, column.list[stage], 1, widest);
  return std::accumulate(read.branches.begin(), read.branches.end(), 0,
                         [](int sum, const Branch& branch) { return sum + branch.width; });
}

void same_stride(const Column& strides, size_t stage, const std::vector<Branch>& branches) {
  for (const Branch& branch : branches)
    if (branch.stride != branches[0].stride)
      strides.fail(stage, fmt::format("strides {} and {}", branches[0].stride, branch.stride),
                   "give all branches of the stage the same stride");
}

Stage read_stage(const Columns& all, const Config& config, size_t stage) {
  Stage read;
  const size_t branches = count_branches(all, config, stage);
  for (size_t branch = 0; branch < branches; ++branch)
    read.branches.push_back(read_branch(all, config, stage, branch));
  same_stride(all.strides, stage, read.branches);
  read.kernel = kernel_of(all.kernels, stage);
  read.original_width = original_width_of(all.original_widths, stage, read);
  return read;
}

}  // namespace

std::vector<Stage> stages(const Config& config) {
  const Config net = as_anynet(config);
  check_network(net);
  const Columns all(net);
  std::vector<Stage> read(count_stages(all));
  for (size_t stage = 0; stage < read.size(); ++stage) read[stage] = read_stage(all, net, stage);
  return read;
}

}  // namespace nnstretch::config

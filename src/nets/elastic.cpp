#include "nets/elastic.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "base/error.h"
#include "base/random.h"
#include "config/column.h"
#include "config/stages.h"

namespace nnstretch::nets {
namespace {

using config::Column;
using config::List;

NetSize size_of(const std::vector<config::Stage>& stages) {
  NetSize size;
  for (const auto& stage : stages) {
    auto& branches = size.emplace_back();
    for (const auto& branch : stage.branches) branches.push_back({branch.depth, branch.width});
  }
  return size;
}

// Takes one of depth and width out of a list of ELASTIC; an empty one leaves the largest.
void shrink(NetSize& size, int BranchSize::*what, const Column& column) {
  if (column.absent()) return;
  if (column.list.size() != size.size())
    column.fail(fmt::format("has {} stages, ANYNET {}", column.list.size(), size.size()),
                "give one entry per stage");
  for (size_t stage = 0; stage < size.size(); ++stage) {
    const size_t branches = column.branches(stage);
    if (branches != config::no_limit && branches != size[stage].size())
      column.fail(stage, fmt::format("{} branches, ANYNET has {}", branches, size[stage].size()),
                  "give one entry per branch, or one for all");
    for (size_t branch = 0; branch < size[stage].size(); ++branch) {
      int& value = size[stage][branch].*what;
      value = column.whole(stage, column.at(stage, branch), 1, value);
    }
  }
}

void check_range(const config::Config& config, std::string_view key, bool good, std::string what,
                 std::string fix) {
  if (!good)
    throw ConfigError({.what = fmt::format("{} {}", key, what),
                       .where = config.where(key),
                       .fix = std::move(fix)});
}

void check_numbers(const config::Config& config) {
  const auto& elastic = config.elastic;
  check_range(config, "MODEL.TYPE", config.model.type == "mbanynet",
              fmt::format("'{}' cannot be elastic", config.model.type),
              "write mbanynet and give ANYNET its sizes");
  constexpr int kMostNetworks = 64;
  check_range(config, "ELASTIC.WIDTH_STEP", elastic.width_step >= 1,
              fmt::format("is {}", elastic.width_step), "write 1 or more");
  check_range(config, "ELASTIC.NETWORKS",
              elastic.networks >= 2 && elastic.networks <= kMostNetworks,
              fmt::format("is {}", elastic.networks),
              "write 2 (the largest and the smallest) or more, 64 at most");
  check_range(config, "ELASTIC.TEMPERATURE",
              elastic.temperature > 0 && std::isfinite(elastic.temperature),
              fmt::format("is {}", elastic.temperature), "write a number above 0");
  check_range(config, "ELASTIC.ALONE_EPOCHS", elastic.alone_epochs >= 0,
              fmt::format("is {}", elastic.alone_epochs), "write 0 or more");
}

// Widths between the smallest and the largest must be reached by whole steps.
void check_steps(const NetSize& smallest, const NetSize& largest, const Column& widths, int step) {
  for (size_t stage = 0; stage < largest.size(); ++stage)
    for (size_t branch = 0; branch < largest[stage].size(); ++branch) {
      const int least = smallest[stage][branch].width, most = largest[stage][branch].width;
      if ((most - least) % step != 0)
        widths.fail(stage, fmt::format("{} is no whole number of steps below {}", least, most),
                    fmt::format("WIDTH_STEP is {}", step));
    }
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

std::vector<std::string_view> split(std::string_view text, char by) {
  std::vector<std::string_view> parts;
  for (size_t end = 0; end != text.npos;) {
    end = text.find(by);
    parts.push_back(text.substr(0, end));
    if (end != text.npos) text.remove_prefix(end + 1);
  }
  return parts;
}

}  // namespace

bool Elastic::is(const config::Config& config) {
  return !config.elastic.min_depths.empty() || !config.elastic.min_widths.empty();
}

Elastic::Elastic(const config::Config& config)
    : config_(config), largest_(size_of(config::stages(config))), smallest_(largest_) {
  if (!is(config))
    throw ConfigError({.what = "ELASTIC names no smallest network",
                       .where = config.where("ELASTIC.MIN_WIDTHS"),
                       .fix = "give ELASTIC.MIN_DEPTHS and MIN_WIDTHS, or use `nnstretch train`"});
  check_numbers(config);
  const Column widths{config_, "ELASTIC.MIN_WIDTHS", config_.elastic.min_widths};
  shrink(smallest_, &BranchSize::depth,
         {config_, "ELASTIC.MIN_DEPTHS", config_.elastic.min_depths});
  shrink(smallest_, &BranchSize::width, widths);
  check_steps(smallest_, largest_, widths, config_.elastic.width_step);
}

NetSize Elastic::random(std::initializer_list<uint64_t> key) const {
  KeyedRandom keyed(key);
  Random& random = keyed;  // which has more ways to draw
  NetSize size = smallest_;
  for (size_t stage = 0; stage < size.size(); ++stage)
    for (size_t branch = 0; branch < size[stage].size(); ++branch) {
      auto& [depth, width] = size[stage][branch];
      const auto& most = largest_[stage][branch];
      const int step = config_.elastic.width_step;
      // Each width has the part of the logarithmic scale up to the next one.
      const double drawn = std::exp(random.uniform(std::log(width), std::log(most.width + step)));
      width = std::min(most.width, width + (static_cast<int>(drawn) - width) / step * step);
      depth += static_cast<int>(random.below(most.depth - depth + 1));
    }
  return size;
}

bool Elastic::holds(const NetSize& size) const {
  if (size.size() != largest_.size()) return false;
  for (size_t stage = 0; stage < size.size(); ++stage) {
    if (size[stage].size() != largest_[stage].size()) return false;
    for (size_t branch = 0; branch < size[stage].size(); ++branch) {
      const BranchSize &one = size[stage][branch], &least = smallest_[stage][branch],
                       &most = largest_[stage][branch];
      if (one.depth < least.depth || one.depth > most.depth || one.width < least.width ||
          one.width > most.width || (most.width - one.width) % config_.elastic.width_step != 0)
        return false;
    }
  }
  return true;
}

NetSize Elastic::parse(std::string_view text) const {
  NetSize size;
  for (const std::string_view stage : split(text, ',')) {
    auto& branches = size.emplace_back();
    for (const std::string_view branch : split(stage, '+')) {
      const auto parts = split(branch, 'x');
      const auto depth = number(parts[0]);
      const auto width = parts.size() == 2 ? number(parts[1]) : std::nullopt;
      if (!depth || !width) return {};
      branches.push_back({*depth, *width});
    }
  }
  return size;
}

NetSize Elastic::find(std::string_view name) const {
  constexpr std::string_view kRandom = "random:";
  if (name == "max") return largest_;
  if (name == "min") return smallest_;
  if (name.starts_with(kRandom))
    if (const auto seed = number(name.substr(kRandom.size())); seed && *seed >= 0)
      return random({static_cast<uint64_t>(*seed)});
  NetSize size = parse(name);
  if (!holds(size))
    throw UsageError(
        {.what = fmt::format("'{}' is no network inside", name),
         .where = config_.file,
         .fix = fmt::format("give max, min, random:SEED, or one from {} to {}, widths in steps of "
                            "{}",
                            name_of(smallest_), name_of(largest_), config_.elastic.width_step)});
  return size;
}

std::string Elastic::name_of(const NetSize& size) {
  std::string name;
  for (size_t stage = 0; stage < size.size(); ++stage)
    for (size_t branch = 0; branch < size[stage].size(); ++branch)
      name += fmt::format("{}{}x{}",
                          branch > 0  ? "+"
                          : stage > 0 ? ","
                                      : "",
                          size[stage][branch].depth, size[stage][branch].width);
  return name;
}

config::Config Elastic::config_of(const NetSize& size) const {
  config::Config own = config_;
  own.elastic = {};
  own.anynet.original_widths = {};
  own.anynet.depths = own.anynet.widths = {};
  const auto stages = config::stages(config_);
  const bool grouped = !config_.anynet.group_ws.empty();
  own.anynet.group_ws = {};
  for (size_t stage = 0; stage < size.size(); ++stage) {
    List depths, widths, groups;
    for (size_t branch = 0; branch < size[stage].size(); ++branch) {
      const auto [depth, width] = size[stage][branch];
      const auto& whole = stages[stage].branches[branch];
      const auto inner = [&](int of) {
        return static_cast<int>(std::nearbyint(of * whole.bot_mul));
      };
      depths.emplace_back(depth);
      widths.emplace_back(width);
      const bool one_group = !whole.group_w || *whole.group_w >= inner(whole.width);
      groups.emplace_back(one_group ? inner(width) : *whole.group_w);
    }
    own.anynet.depths.emplace_back(std::move(depths));
    own.anynet.widths.emplace_back(std::move(widths));
    if (grouped) own.anynet.group_ws.emplace_back(std::move(groups));
  }
  return own;
}

}  // namespace nnstretch::nets

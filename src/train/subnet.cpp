#include "train/subnet.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <regex>

#include "base/error.h"
#include "train/state.h"

namespace nnstretch::train {
namespace {

// "s1.branches.0.b1.f.a.weight" -> "s1_b0.b1.f.a.weight"
std::string elastic_name(const std::string& name) {
  static const std::regex kBranch(R"(^s(\d+)\.branches\.(\d+)\.)");
  return std::regex_replace(name, kBranch, "s$1_b$2.");
}

std::string with_inner(const std::string& name, const std::string& inner) {
  const size_t dot = name.rfind('.');
  return name.substr(0, dot) + "." + inner + name.substr(dot);
}

bool is_statistic(const std::string& name) {
  return name.ends_with(".running_mean") || name.ends_with(".running_var");
}

// Convolutions and linear layers stand one module deeper in an elastic network.
std::string stored_name(const ir::WeightSlot& slot) {
  const std::string name = elastic_name(slot.name);
  if (slot.shape.size() == 4) return with_inner(name, "conv");
  const bool linear = name.starts_with("head.fc.");
  return linear ? with_inner(name, "linear") : name;
}

// Of the widths that statistics are kept for, the layer's own; nothing if there is none.
const ir::Tensor* statistic_of(const ir::WeightStore& supernet, const ir::WeightSlot& slot) {
  const std::string name = elastic_name(slot.name);
  for (int kept = 0;; ++kept) {
    const ir::Tensor* found = supernet.find(with_inner(name, fmt::format("bn.{}", kept)));
    if (!found || found->shape == slot.shape) return found;
  }
}

// Which stage's concatenation a layer reads, counted from 0; nothing for others.
std::optional<size_t> stage_read_by(const std::string& name, size_t stages) {
  if (name == "head.fc.weight") return stages - 1;
  static const std::regex kFirstBlock(R"(^s(\d+)\.branches\.\d+\.b1\.(proj|f\.a)\.weight$)");
  std::smatch match;
  if (!std::regex_match(name, match, kFirstBlock)) return {};
  const auto stage = static_cast<size_t>(std::stoi(match[1]));
  return stage >= 2 ? std::optional(stage - 2) : std::nullopt;
}

class Cutter {
 public:
  Cutter(const ir::Graph& subnet, const ir::WeightStore& supernet, const Cut& how)
      : supernet_(supernet), how_(how), widths_(branch_widths(subnet)) {
    const auto sizes = [](const auto& stages) {
      std::vector<size_t> counts;
      for (const auto& stage : stages) counts.push_back(stage.size());
      return counts;
    };
    if (sizes(widths_) != sizes(how.full_widths))
      throw ShapeError({.what = "the sub-network has other stages or branches"});
  }

  Tensor take(const ir::WeightSlot& slot) const {
    if (is_statistic(slot.name)) {
      if (const ir::Tensor* kept = statistic_of(supernet_, slot)) return from_tensor(*kept);
      return slot.name.ends_with("var") ? torch::ones(slot.shape) : torch::zeros(slot.shape);
    }
    Tensor weight = from_tensor(supernet_.at(stored_name(slot)));
    const auto stage = stage_read_by(slot.name, widths_.size());
    if (stage && how_.align) weight = own_columns(weight, *stage, slot.name);
    for (size_t axis = 0; axis < slot.shape.size(); ++axis)
      weight = first(weight, static_cast<int64_t>(axis), 0, slot.shape[axis], slot.name);
    return weight;
  }

 private:
  // Channels that each branch gives to its stage's concatenation.
  static std::vector<std::vector<int64_t>> branch_widths(const ir::Graph& graph) {
    std::vector<std::vector<int64_t>> widths;
    for (const ir::Node& node : graph.nodes()) {
      if (node.at.branch < 0 || node.at.stage < 1 || node.name.starts_with("head")) continue;
      const auto stage = static_cast<size_t>(node.at.stage),
                 branch = static_cast<size_t>(node.at.branch);
      widths.resize(std::max(widths.size(), stage));
      auto& here = widths[stage - 1];
      here.resize(std::max(here.size(), branch + 1));
      here[branch] = node.type.shape.back();  // the last node of the branch counts
    }
    return widths;
  }
  static Tensor first(const Tensor& from, int64_t axis, int64_t begin, int64_t count,
                      const std::string& name) {
    if (begin + count <= from.size(axis)) return from.narrow(axis, begin, count);
    throw ShapeError({.what = fmt::format("the elastic network has {} of the {} it needs",
                                          from.size(axis), begin + count),
                      .where = name});
  }
  // Of every branch's columns in the whole concatenation, the first.
  Tensor own_columns(const Tensor& weight, size_t stage, const std::string& name) const {
    std::vector<Tensor> columns;
    int64_t begin = 0;
    for (size_t branch = 0; branch < widths_[stage].size(); ++branch) {
      columns.push_back(first(weight, 1, begin, widths_[stage][branch], name));
      begin += how_.full_widths[stage][branch];
    }
    return torch::cat(columns, 1);
  }

  const ir::WeightStore& supernet_;
  const Cut& how_;
  std::vector<std::vector<int64_t>> widths_;
};

}  // namespace

ir::WeightStore cut(const ir::Graph& subnet, const ir::WeightStore& supernet, const Cut& how) {
  const Cutter cutter(subnet, supernet, how);
  ir::WeightStore weights;
  for (const auto& slot : ir::weight_slots(subnet))
    weights.set(slot.name, to_tensor(cutter.take(slot)));
  return weights;
}

}  // namespace nnstretch::train

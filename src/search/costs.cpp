#include "search/costs.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "base/files.h"
#include "config/yaml_tree.h"
#include "measure/context.h"

namespace nnstretch::search {
namespace {

double elements(const ir::Shape& shape) { return static_cast<double>(ir::count(shape)); }

class Counting {
 public:
  explicit Counting(const ir::Graph& graph) : graph_(graph) {}

  OperatorWork work() && {
    for (ir::NodeId id = 0; id < graph_.size(); ++id) count(id);
    return work_;
  }

 private:
  void count(ir::NodeId id) {
    const ir::Node& node = graph_.node(id);
    if (ir::is_source(node.op) || ir::is_any<ir::BatchNorm, ir::Activation>(node.op)) return;
    const double out = elements(node.type.shape);
    double in = 0;
    for (const auto& shape : graph_.input_shapes(id)) in += elements(shape);
    call(in + out, 1);
    const auto flops = static_cast<double>(ir::cost_of(graph_, id).flops);
    if (const auto* conv = graph_.op_if<ir::Conv2d>(id))
      convolution(*conv, graph_.input_shapes(id).at(0).back(), flops, in + out);
    else
      work_.pointwise += flops;  // of linear layers; others have none
  }

  void convolution(const ir::Conv2d& conv, int64_t w_in, double flops, double bytes) {
    if (conv.groups == 1) {
      const bool point = conv.window.kernel.h == 1 && conv.window.kernel.w == 1;
      (point ? work_.pointwise : work_.dense) += flops;
    } else if (conv.groups == w_in) {
      work_.depthwise += flops;
    } else {
      work_.grouped += flops;
      call(2 * bytes, conv.groups + 1);
    }
  }

  void call(double bytes, int operators) { work_.bytes += bytes, work_.operators += operators; }

  const ir::Graph& graph_;
  OperatorWork work_;
};

constexpr std::array<std::pair<const char*, double OperatorCosts::*>, 6> kKeys = {
    {{"dense_ps", &OperatorCosts::dense_ps},
     {"pointwise_ps", &OperatorCosts::pointwise_ps},
     {"grouped_ps", &OperatorCosts::grouped_ps},
     {"depthwise_ps", &OperatorCosts::depthwise_ps},
     {"byte_ps", &OperatorCosts::byte_ps},
     {"operator_us", &OperatorCosts::operator_us}}};

class Reader {
 public:
  explicit Reader(const std::string& where) : where_(where) {}

  CostModel read(std::string_view text) {
    const config::Tree tree = config::read_tree(text, where_);
    if (!tree.is_mapping) refuse(1, "it is no map with name, error and processors");
    for (const config::Entry& entry : tree.entries) {
      if (entry.key == "name")
        model_.name = word(entry);
      else if (entry.key == "error")
        model_.error = word(entry);
      else if (entry.key == "processors")
        processors(entry);
      else
        refuse(entry.line, fmt::format("unknown key '{}'", entry.key));
    }
    if (model_.name.empty()) refuse(1, "it has no name");
    if (model_.error.empty()) refuse(1, "it does not say how far it errs: `error`");
    if (model_.processors.empty()) refuse(1, "it has no processors");
    return std::move(model_);
  }

 private:
  std::string word(const config::Entry& entry) const {
    const auto* text = entry.tree.value.get_if<std::string>();
    if (entry.tree.is_mapping || !text || text->empty())
      refuse(entry.line, fmt::format("'{}' is no text", entry.key));
    return *text;
  }
  void processors(const config::Entry& list) {
    if (!list.tree.is_mapping) refuse(list.line, "processors is no map of roles");
    for (const config::Entry& entry : list.tree.entries) {
      if (!entry.tree.is_mapping) refuse(entry.line, fmt::format("'{}' has no costs", entry.key));
      auto& processor = model_.processors.emplace_back();
      processor.role = entry.key;
      for (const config::Entry& cost : entry.tree.entries) set(processor.costs, cost);
    }
  }
  void set(OperatorCosts& costs, const config::Entry& entry) const {
    for (const auto& [key, member] : kKeys)
      if (entry.key == key) {
        costs.*member = number(entry);
        return;
      }
    refuse(entry.line, fmt::format("there is no cost '{}'", entry.key));
  }
  double number(const config::Entry& entry) const {
    const auto* whole = entry.tree.value.get_if<int64_t>();
    const auto* real = entry.tree.value.get_if<double>();
    const double value = whole ? static_cast<double>(*whole) : real ? *real : -1;
    if (entry.tree.is_mapping || !(value >= 0 && value < 1e9))
      refuse(entry.line, fmt::format("'{}' is no cost: 0 or more", entry.key));
    return value;
  }
  [[noreturn]] void refuse(int line, std::string what) const {
    throw ConfigError({.what = std::move(what),
                       .where = fmt::format("{}:{}", where_, line),
                       .fix = "docs/search.md has an example"});
  }

  const std::string& where_;
  CostModel model_;
};

std::string kind_of(const CostModel::Processor& processor) { return "model of " + processor.role; }

}  // namespace

OperatorWork operator_work(const ir::Graph& graph) { return Counting(graph).work(); }

OperatorWork operator+(OperatorWork a, const OperatorWork& b) {
  a.dense += b.dense, a.pointwise += b.pointwise, a.grouped += b.grouped;
  a.depthwise += b.depthwise, a.bytes += b.bytes, a.operators += b.operators;
  return a;
}

double OperatorCosts::us(const OperatorWork& work) const {
  return (dense_ps * work.dense + pointwise_ps * work.pointwise + grouped_ps * work.grouped +
          depthwise_ps * work.depthwise + byte_ps * work.bytes) *
             1e-6 +
         operator_us * work.operators;
}

CostModel parse_cost_model(std::string_view text, const std::string& where) {
  return Reader(where).read(text);
}
CostModel read_cost_model(const std::filesystem::path& file) {
  return parse_cost_model(read_text(file), file.string());
}

ProfiledMachine machine_of(const CostModel& model) {
  ProfiledMachine machine{.name = model.name,
                          .model = fmt::format("{}: {}", model.name, model.error),
                          .cpu = model.name,
                          .program = measure::program_version(),
                          .time = utc_now()};
  for (const auto& one : model.processors)
    machine.processors.push_back(
        {.name = one.role, .role = one.role, .kind = kind_of(one), .clock = "model"});
  return machine;
}

std::vector<Point> points_of(const CostModel& model, const std::vector<GridPiece>& pieces) {
  std::vector<Point> points;
  for (const GridPiece& one : pieces) {
    const OperatorWork work = operator_work(one.graph());
    for (const auto& processor : model.processors)
      points.push_back(
          {.kind = kind_of(processor), .piece = one.piece, .us = processor.costs.us(work)});
  }
  return points;
}

}  // namespace nnstretch::search

#include "report/inspection.h"

#include <fmt/ranges.h>

#include <map>
#include <set>

#include "engines/list.h"

namespace nnstretch::report {
namespace {

std::string where(const ir::Place& at) {
  if (at.branch == ir::Place::kMeeting) return fmt::format("s{} meeting", at.stage);
  return fmt::format("s{}.{}", at.stage, at.branch);
}

std::string quant(const ir::TensorType& type) {
  return type.quant ? fmt::format("{:.4g} {}", type.quant->scale, type.quant->zero_point) : "";
}

void add_parts(Page& page, const plan::Plan& plan) {
  Table& table = page.table({"part", "stages", "role", "ops", "processor", "engine", "after"},
                            {true, true, true, false, true, true, true});
  for (const auto& part : plan.parts) {
    const auto& processor = plan.processors.at(part.processor);
    std::string after;
    for (const size_t before : part.after)
      after += (after.empty() ? "" : " ") + plan.parts[before].name;
    const size_t ops = part.model.graph.size() - part.model.graph.inputs().size();
    table.add({part.name, fmt::format("{}-{}", part.first_stage, part.last_stage), part.role,
               std::to_string(ops), processor.name + (processor.stand_in ? " (stand-in)" : ""),
               processor.engine, after});
  }
}

// What each device would refuse of the whole network, one line an op.
void add_refusals(Page& page, const ir::Model& model, const engines::EngineList& engines) {
  for (const auto& engine : engines.all())
    for (const auto& device : engine->devices()) {
      const auto name = fmt::format("{} {}", engine->name(), device.name);
      if (!device.usable) {
        page.line("{:<20} not usable here", name);
        continue;
      }
      const auto support =
          engine->supports(model.graph, {.name = "any", .role = "cpu", .device = device.name});
      page.line("{:<20} {}", name,
                support.complete() ? "takes every op"
                                   : fmt::format("refuses {}", support.refusals.size()));
      for (const auto& refusal : support.refusals)
        page.line("  {} {}: {}", refusal.op, refusal.node, refusal.reason);
      if (!support.caution.empty()) page.line("  {}", support.caution);
    }
}

// How many of each kind, and in which types values are: "conv 36, add 16; 61 values int8".
void add_summary(Page& page, const ir::Graph& graph) {
  std::map<std::string, size_t> ops, types;
  for (const ir::Node& node : graph.nodes()) {
    if (!ir::is_source(node.op)) ++ops[std::string(ir::name_of(node.op))];
    ++types[std::string(name_of(node.type.dtype)) + (node.type.quant ? " on a scale" : "")];
  }
  const auto list = [](const std::map<std::string, size_t>& counts) {
    std::vector<std::string> words;
    for (const auto& [name, count] : counts) words.push_back(fmt::format("{} {}", name, count));
    return fmt::format("{}", fmt::join(words, ", "));
  };
  page.line("ops: {}", list(ops));
  page.line("values: {}", list(types));
}

// By node, the processors that compute it. Several share one out (plan/spread.h): shares have
// its name and a number after a slash.
std::map<std::string, std::string> runs_on(const ir::Graph& graph, const plan::Plan& plan) {
  std::map<std::string, std::set<std::string>> processors;
  for (const ir::Node& node : graph.nodes()) processors[node.name];
  for (const auto& part : plan.parts)
    for (const ir::Node& node : part.model.graph.nodes()) {
      if (ir::is_source(node.op)) continue;
      auto found = processors.find(node.name);
      if (found == processors.end())
        found = processors.find(node.name.substr(0, node.name.rfind('/')));
      if (found != processors.end()) found->second.insert(plan.processors.at(part.processor).name);
    }
  std::map<std::string, std::string> joined;
  for (const auto& [node, names] : processors)
    joined[node] = fmt::format("{}", fmt::join(names, "+"));
  return joined;
}

void add_ops(Page& page, const ir::Graph& graph, const plan::Plan& plan) {
  Table& table = page.table({"node", "op", "place", "role", "runs on", "output", "scale zero"},
                            {true, true, true, true, true, true, true});
  auto on = runs_on(graph, plan);
  for (const ir::Node& node : graph.nodes())
    table.add({node.name, std::string(ir::name_of(node.op)), where(node.at), node.at.role,
               on[node.name], ir::to_string(node.type.shape), quant(node.type)});
}

}  // namespace

Report inspection(const ir::Model& model, const plan::Plan& plan,
                  const engines::EngineList& engines, bool ops) {
  Report report;
  Page& page = report.page;
  const auto cost = ir::cost_of(model.graph);
  const auto& in = model.graph.node(model.graph.inputs().at(0)).type;
  const auto& how = model.preprocess;
  page.line("{}: {} ops, {} multiply-adds, {} parameters", model.name,
            model.graph.size() - model.graph.inputs().size(), grouped(cost.flops),
            grouped(cost.params));
  page.line("input {}, resize {} crop {}, {}", ir::to_string(in), how.resize, how.crop,
            how.colour == image::Colour::bgr ? "BGR" : "RGB");
  add_summary(page, model.graph);
  page.space();
  add_parts(page, plan);
  page.space();
  add_refusals(page, model, engines);
  if (ops) {
    page.space();
    add_ops(page, model.graph, plan);
  }
  for (const auto& note : model.notes) page.line("note: {}", note);
  return report;
}

}  // namespace nnstretch::report

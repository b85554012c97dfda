// nnstretch inspect: stages, branches, roles, ops, and where each op would run and why.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <memory>
#include <set>

#include "base/log.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/show.h"
#include "cost/cost.h"
#include "engines/list.h"
#include "formats/model_file.h"

namespace nnstretch::cli {
namespace {

struct Options {
  std::filesystem::path model;
  pipeline::PlaceOptions place;
  bool ops = false;
};

std::string where(const ir::Place& at) {
  if (at.branch == ir::Place::kMeeting) return fmt::format("s{} meeting", at.stage);
  return fmt::format("s{}.{}", at.stage, at.branch);
}

std::string quant(const ir::TensorType& type) {
  return type.quant ? fmt::format("{:.4g} {}", type.quant->scale, type.quant->zero_point) : "";
}

void print_parts(const runtime::Plan& plan) {
  Table table({"part", "stages", "role", "ops", "processor", "engine", "after"},
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
  table.print(stdout);
}

// What each device would refuse of the whole network, one line an op.
void print_refusals(const ir::Model& model) {
  for (const auto& engine : engines::all_engines())
    for (const auto& device : engine->devices()) {
      const auto name = fmt::format("{} {}", engine->name(), device.name);
      if (!device.usable) {
        show("{:<20} not usable here\n", name);
        continue;
      }
      const auto support =
          engine->supports(model.graph, {.name = "any", .role = "cpu", .device = device.name});
      show("{:<20} {}\n", name,
           support.complete() ? "takes every op"
                              : fmt::format("refuses {}", support.refusals.size()));
      for (const auto& refusal : support.refusals)
        show("  {} {}: {}\n", refusal.op, refusal.node, refusal.reason);
      if (!support.caution.empty()) show("  {}\n", support.caution);
    }
}

// How many of each kind, and in which types values are: "conv 36, add 16; 61 values int8".
std::string summary(const ir::Graph& graph) {
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
  return fmt::format("ops: {}\nvalues: {}\n", list(ops), list(types));
}

// By node, the processors that compute it. Several share one out (runtime/spread.h): shares have
// its name and a number after a slash.
std::map<std::string, std::string> runs_on(const ir::Graph& graph, const runtime::Plan& plan) {
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

void print_ops(const ir::Graph& graph, const runtime::Plan& plan) {
  Table table({"node", "op", "place", "role", "runs on", "output", "scale zero"},
              {true, true, true, true, true, true, true});
  auto on = runs_on(graph, plan);
  for (const ir::Node& node : graph.nodes())
    table.add({node.name, std::string(ir::name_of(node.op)), where(node.at), node.at.role,
               on[node.name], ir::to_string(node.type.shape), quant(node.type)});
  table.print(stdout);
}

void inspect(const Options& options) {
  const ir::Model model = read_model(options.model);
  const auto cost = cost::count(model.graph);
  const auto& in = model.graph.node(model.graph.inputs().at(0)).type;
  const auto& how = model.preprocess;
  show("{}: {} ops, {} multiply-adds, {} parameters\n", model.name,
       model.graph.size() - model.graph.inputs().size(), grouped(cost.flops), grouped(cost.params));
  fmt::print("input {}, resize {} crop {}, {}\n", ir::to_string(in), how.resize, how.crop,
             how.colour == image::Colour::bgr ? "BGR" : "RGB");
  show("{}\n", summary(model.graph));
  const auto plan = pipeline::plan_for(model, options.place);
  print_parts(plan);
  fmt::print("\n");
  print_refusals(model);
  if (options.ops) {
    fmt::print("\n");
    print_ops(model.graph, plan);
  }
  for (const auto& note : model.notes) show("note: {}\n", note);
  for (const auto& note : plan.notes) log::info("note: {}", note);
  for (const auto& f : plan.fallbacks)
    log::warn("{} would run on {}: {}", f.op, f.ran_on, f.reason);
}

}  // namespace

void add_inspect(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("inspect", "Stages, branches, ops, and where each would run");
  command->add_option("model", options->model, "a model file (.tflite or .onnx)")->required();
  command->add_flag("--ops", options->ops, "every op with its place and quantisation");
  add_place(*command, options->place);
  command->footer("Example:\n  nnstretch inspect R-34-CD.tflite --ops");
  command->callback([options] { inspect(*options); });
}

}  // namespace nnstretch::cli

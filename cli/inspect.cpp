// nnstretch inspect: stages, branches, roles, ops, and where each op would run and why.
#include <fmt/format.h>

#include <memory>

#include "base/log.h"
#include "cli/commands.h"
#include "cli/options.h"
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

// What each engine would refuse of the whole network, one line an op.
void print_refusals(const ir::Model& model) {
  for (const auto& engine : engines::all_engines()) {
    const auto support = engine->supports(model.graph, {.name = "any", .role = "cpu"});
    fmt::print(
        "{:<10} {}\n", engine->name(),
        support.complete() ? "takes every op" : fmt::format("refuses {}", support.refusals.size()));
    for (const auto& refusal : support.refusals)
      fmt::print("  {} {}: {}\n", refusal.op, refusal.node, refusal.reason);
  }
}

void print_ops(const ir::Graph& graph) {
  Table table({"node", "op", "place", "role", "output", "scale zero"},
              {true, true, true, true, true, true});
  for (const ir::Node& node : graph.nodes())
    table.add({node.name, std::string(ir::name_of(node.op)), where(node.at), node.at.role,
               ir::to_string(node.type.shape), quant(node.type)});
  table.print(stdout);
}

void inspect(const Options& options) {
  const ir::Model model = read_model(options.model);
  const auto cost = cost::count(model.graph);
  const auto& in = model.graph.node(model.graph.inputs().at(0)).type;
  const auto& how = model.preprocess;
  fmt::print("{}: {} ops, {} multiply-adds, {} parameters\n", model.name,
             model.graph.size() - model.graph.inputs().size(), grouped(cost.flops),
             grouped(cost.params));
  fmt::print("input {}, resize {} crop {}, {}\n\n", ir::to_string(in), how.resize, how.crop,
             how.colour == image::Colour::bgr ? "BGR" : "RGB");
  const auto plan = pipeline::plan_for(model, options.place);
  print_parts(plan);
  fmt::print("\n");
  print_refusals(model);
  if (options.ops) {
    fmt::print("\n");
    print_ops(model.graph);
  }
  for (const auto& note : model.notes) fmt::print("note: {}\n", note);
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

// nnstretch inspect: stages, branches, roles, ops, and where each op would run and why.
#include <memory>

#include "base/log.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "formats/model_file.h"
#include "report/inspection.h"

namespace nnstretch::cli {
namespace {

struct Options {
  std::filesystem::path model;
  plan::Placing placing;
  bool ops = false;
};

void inspect(const Options& options, const plan::Surroundings& here) {
  const ir::Model model = read_model(options.model);
  const auto plan = plan::plan_for(model, options.placing, here);
  report::emit(report::inspection(model, plan, here.engines, options.ops), {});
  for (const auto& note : plan.notes) log::info("note: {}", note);
  for (const auto& f : plan.fallbacks)
    log::warn("{} would run on {}: {}", f.op, f.ran_on, f.reason);
}

}  // namespace

void add_inspect(CLI::App& app, const plan::Surroundings& here) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("inspect", "Stages, branches, ops, and where each would run");
  command->add_option("model", options->model, "a model file (.tflite or .onnx)")->required();
  command->add_flag("--ops", options->ops, "every op with its place and quantisation");
  add_placing(*command, options->placing);
  command->footer("Example:\n  nnstretch inspect R-34-CD.tflite --ops");
  command->callback([options, &here] { inspect(*options, here); });
}

}  // namespace nnstretch::cli

// nnstretch info: what networks cost, before anything runs.
#include <memory>

#include "cli/commands.h"
#include "cli/options.h"
#include "pipeline/config_files.h"
#include "report/cost_page.h"

namespace nnstretch::cli {
namespace {

struct Options {
  std::vector<std::filesystem::path> configs;
  std::vector<std::string> overrides;
  int im_size = 0;
  report::Outputs outputs;
};

void info(const Options& options) {
  std::vector<report::NetworkCosts> networks;
  for (const auto& path : pipeline::config_files(options.configs)) {
    const auto config = config::load(path, options.overrides);
    const int size = options.im_size ? options.im_size : config.train.im_size;
    networks.push_back({path.string(), size, cost::count(config, size)});
  }
  report::emit(report::report_of(networks, options.outputs.format == "csv"), options.outputs);
}

}  // namespace

void add_info(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("info", "Multiply-adds, parameters and activations");
  add_configs(*command, options->configs, options->overrides);
  command->add_flag_callback(
      "--csv", [options] { options->outputs.format = "csv"; }, "one line a configuration");
  command->add_option("--im_size", options->im_size, "input pixels (default: TRAIN.IM_SIZE)");
  add_outputs(*command, options->outputs);
  command->footer(
      "Example:\n  nnstretch info --cfg configs/mi/R-34-CDG.yaml\n"
      "  nnstretch info --csv --cfg configs/mi/*.yaml TRAIN.IM_SIZE 160");
  command->callback([options] { info(*options); });
}

}  // namespace nnstretch::cli

// nnstretch predict: the latency of configurations, from a profile.
#include <memory>

#include "base/log.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "pipeline/config_files.h"
#include "report/search_page.h"

namespace nnstretch::cli {
namespace {

struct Options {
  std::filesystem::path profile;
  std::vector<std::filesystem::path> configs;
  std::vector<std::string> overrides;
  int im_size = 0;
  report::Outputs outputs;
};

void predict(const Options& options) {
  const search::Predictor predictor(search::read_profile(options.profile));
  for (const std::string& note : predictor.profile().notes) log::warn("{}", note);
  std::vector<report::PredictedNetwork> networks;
  for (const auto& path : pipeline::config_files(options.configs)) {
    const auto config = config::load(path, options.overrides);
    const int size = options.im_size ? options.im_size : config.train.im_size;
    networks.push_back({path.string(), search::predict(config, size, predictor)});
  }
  report::emit(report::report_of(networks, predictor), options.outputs);
}

}  // namespace

void add_predict(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("predict", "Latency of any branching, from a profile");
  command->add_option("--profile", options->profile, "what `nnstretch profile` wrote")
      ->type_name("FILE")
      ->required();
  add_configs(*command, options->configs, options->overrides);
  command->add_option("--im_size", options->im_size, "input pixels (default: TRAIN.IM_SIZE)")
      ->check(CLI::Range(1, 8192));
  add_outputs(*command, options->outputs);
  command->footer(
      "Example:\n  nnstretch predict --profile mi.jsonl --cfg configs/mi/R-34-CD.yaml\n"
      "  nnstretch predict --profile mi.jsonl --cfg configs/mi --format csv");
  command->callback([options] { predict(*options); });
}

}  // namespace nnstretch::cli

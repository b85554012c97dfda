// nnstretch supernet: an elastic network trained, and those inside it scored or taken out.
#include "train/elastic/supernet.h"

#include <fmt/format.h>

#include <memory>
#include <thread>

#include "base/error.h"
#include "base/files.h"
#include "cli/options.h"
#include "cli/training/commands.h"
#include "cost/cost.h"
#include "report/scores.h"
#include "report/show.h"
#include "train/datasets.h"
#include "train/learner.h"

namespace nnstretch::cli {
namespace {

constexpr auto kLayout = train::Layout::channels_last;

struct Options {
  std::filesystem::path cfg, data, weights, out;
  report::Outputs outputs;
  std::vector<std::string> overrides, subnets = {"max", "min"};
  std::string subnet;
  int num_threads = 0;
};

config::Config load(const Options& options) {
  torch::set_num_threads(options.num_threads > 0
                             ? options.num_threads
                             : static_cast<int>(std::thread::hardware_concurrency()));
  return config::load(options.cfg, options.overrides);
}

report::SubnetScore score(const train::Supernet& supernet, const std::string& name,
                          data::Batches& training, data::Batches& testing) {
  const nets::NetSize size = supernet.elastic().find(name);
  const train::Member member = supernet.member(size, training);
  const ir::Cost cost = cost::count(member.config, member.config.train.im_size).real;
  const train::Score score = train::score(member.network, member.state, kLayout, testing);
  return {.subnet = name,
          .size = nets::Elastic::name_of(size),
          .multiply_adds = cost.flops,
          .parameters = cost.params,
          .images = score.images,
          .skipped = score.skipped,
          .top1_err = score.top1_err,
          .top5_err = score.top5_err};
}

void eval(const Options& options) {
  const auto config = load(options);
  const train::Supernet supernet(config, options.weights, kLayout);
  for (const std::string& name : options.subnets) supernet.elastic().find(name);  // all, at once
  const train::Pictures training(config, train::Use::training, options.data);
  const train::Pictures testing(config, train::Use::testing, options.data);
  const auto learnt = training.batches(0, 1), tested = testing.batches(0, 1);
  std::vector<report::SubnetScore> rows;
  for (const std::string& name : options.subnets)
    rows.push_back(score(supernet, name, *learnt, *tested));
  report::emit(report::report_of(rows), options.outputs);
}

void extract(const Options& options) {
  const auto config = load(options);
  if (options.weights.empty()) {  // to be trained from the beginning
    const nets::Elastic elastic(config);
    auto own = elastic.config_of(elastic.find(options.subnet));
    own.out_dir = options.out.string();
    std::filesystem::create_directories(options.out);
    write_atomic(options.out / "config.yaml", config::dump(own));
    report::show("{}\n", (options.out / "config.yaml").string());
    return;
  }
  const train::Supernet supernet(config, options.weights, kLayout);
  const train::Pictures training(config, train::Use::training, options.data);
  const auto size = supernet.elastic().find(options.subnet);
  train::write_member(supernet.member(size, *training.batches(0, 1)), options.out);
  report::show("{}\n{}\n", (options.out / "config.yaml").string(),
               (options.out / "model.pyth").string());
}

void add_common(CLI::App& command, Options& options) {
  command.add_option("--cfg", options.cfg, "configuration with ELASTIC")->required();
  add_overrides(command, options.overrides);
  command.add_option("--data", options.data, "data set (default: DATA_PATH)");
  command.add_option("--num_threads", options.num_threads, "default: all cores");
  add_colour(command, options.overrides);
}

constexpr const char* kNames =
    "max, min, random:SEED, or depths x widths as in 2x32+1x16,2x64+1x48";

void add_eval(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("eval", "Accuracy of networks inside an elastic one");
  add_common(*command, *options);
  command->add_option("--weights", options->weights, "checkpoint of `supernet train`")->required();
  command->add_option("--subnet", options->subnets, kNames)
      ->capture_default_str()
      ->allow_extra_args(false);
  add_outputs(*command, options->outputs);
  command->footer(
      "Batch norm statistics are computed anew, over BN.NUM_SAMPLES_PRECISE training pictures.\n"
      "Example:\n  nnstretch supernet eval --cfg configs/elastic/GLYPHS-2B.yaml --data DIR "
      "--weights out/model.pyth --subnet min --subnet random:7");
  command->callback([options] { eval(*options); });
}

void add_extract(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "extract", "One network inside an elastic one as configuration and checkpoint");
  add_common(*command, *options);
  command->add_option("--weights", options->weights,
                      "checkpoint of `supernet train`; without it the configuration alone");
  command->add_option("--subnet", options->subnet, kNames)->required();
  add_output_folder(*command, "--out", options->out, "folder for config.yaml and model.pyth")
      ->required();
  command->footer(
      "Example:\n  nnstretch supernet extract --cfg configs/elastic/GLYPHS-2B.yaml --data DIR "
      "--weights out/model.pyth --subnet min --out smaller");
  command->callback([options] { extract(*options); });
}

}  // namespace

void add_supernet(CLI::App& app, const std::vector<std::string>& words) {
  CLI::App* command =
      app.add_subcommand("supernet", "Train elastic networks, score and take out those inside");
  command->require_subcommand(1);
  add_train(*command, words, /*supernet=*/true);
  add_eval(*command);
  add_extract(*command);
}

}  // namespace nnstretch::cli

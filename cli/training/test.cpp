// nnstretch test: how often a network is right. Of a checkpoint in float, model and average; of a
// model file as it is run, on any machine: the accuracy of what is timed.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <optional>

#include "base/error.h"
#include "base/log.h"
#include "cli/options.h"
#include "cli/training/commands.h"
#include "formats/beside.h"
#include "formats/model_file.h"
#include "nets/build.h"
#include "pipeline/network.h"
#include "report/scores.h"
#include "train/accuracy.h"
#include "train/datasets.h"
#include "train/same_pictures.h"
#include "weights/weights.h"

namespace nnstretch::cli {
namespace {

struct Options {
  std::filesystem::path cfg, data, weights, model;
  std::vector<std::string> overrides;
  plan::Placing placing;
  bool as_cfg = false;  // pictures as the configuration says, whatever the network was made for
  report::Outputs outputs;
};

report::Score scored(std::string what, std::string how, const train::Score& score) {
  return {.network = std::move(what),
          .computed_as = std::move(how),
          .images = score.images,
          .skipped = score.skipped,
          .top1_err = score.top1_err,
          .top5_err = score.top5_err};
}

constexpr const char* kPrepareAlike =
    "give DATA_LOADER.MODE, DATA_LOADER.COLOUR (`colour`), TEST.IM_SIZE and the data set as the "
    "network had them, or `as_cfg` to test it on these";

// Refuses pictures that are not what the network of this checkpoint was trained on.
void check_pictures_of(const weights::Loaded& loaded, const Options& options,
                       const config::Config& config) {
  if (options.as_cfg || loaded.config.empty()) return;
  const std::string where = options.weights.string();
  train::check_same_pictures(config::parse_kept(loaded.config, where + " (cfg)"), config,
                             {.what = "the checkpoint was trained on other pictures",
                              .where = where,
                              .fix = kPrepareAlike});
}

// Both networks of a checkpoint, or the one of a plain state_dict.
std::vector<report::Score> score_checkpoint(const Options& options, const config::Config& config) {
  const std::filesystem::path& path = options.weights;
  check_pictures_of(weights::load(path), options, config);
  const train::Pictures source(config, train::Use::testing, options.data);
  const auto pictures = source.batches(0, 1);
  const ir::Graph graph = nets::build(config, config.train.im_size);
  const train::Interpreter network(graph);
  std::vector<report::Score> rows;
  for (const auto which : {weights::Which::model, weights::Which::ema}) {
    const auto loaded = weights::load(path, which);
    if (loaded.taken != which) continue;  // there is only one
    const auto store = weights::select(graph, loaded.weights, path.string());
    const train::State state = train::make_state(graph, store, train::Layout::channels_last);
    const bool average = which == weights::Which::ema;
    rows.push_back(scored(fmt::format("{}, {}", path.string(), average ? "average" : "model"),
                          "f32",
                          train::score(network, state, train::Layout::channels_last, *pictures)));
    rows.back().weights = average ? "ema" : "model";
  }
  return rows;
}

// The pictures have the size that the file reads, whatever TRAIN.IM_SIZE is.
report::Score score_file(const Options& options, const config::Config& config,
                         const plan::Surroundings& here) {
  formats::Beside beside;
  const ir::Model model = pipeline::read_network(options.model, &beside);
  const ir::Shape& input = model.graph.node(model.graph.inputs().at(0)).type.shape;
  const int im_size = input.size() == 4 ? static_cast<int>(input[1]) : 0;
  if (!options.as_cfg && !beside.preprocess_assumed)
    train::check_same_pictures(model.preprocess, pipeline::preprocess(config, im_size),
                               {.what = "the model file was made for other pictures",
                                .where = options.model.string(),
                                .fix = kPrepareAlike});
  const train::Pictures source(config, train::Use::testing, options.data, im_size);
  const auto pictures = source.batches(0, 1);
  Progress progress("test", pictures->count());
  const auto result = train::score_as_run(
      model, options.placing, here, *pictures,
      [&](const auto& batch) { progress.step(report::percent_wrong(batch.top1_err)); });
  auto row = scored(options.model.string(),
                    fmt::format("{} on {}", result.computed_as, fmt::join(result.processors, ", ")),
                    result.score);
  row.processors = result.processors;
  row.remarks = result.remarks;
  measure::tell(result.remarks);
  return row;
}

void test(Options options, const plan::Surroundings& here) {
  const auto config = config::load(options.cfg, options.overrides);
  if (options.weights.empty() && options.model.empty()) options.weights = config.test.weights;
  if (options.weights.empty() && options.model.empty())
    throw UsageError({.what = "there is nothing to test",
                      .fix = "give --weights CHECKPOINT (or TEST.WEIGHTS), --model FILE or both"});
  torch::set_num_threads(options.placing.num_threads > 0 ? options.placing.num_threads
                                                         : here.threads());
  std::vector<report::Score> rows;
  if (!options.weights.empty()) rows = score_checkpoint(options, config);
  if (!options.model.empty()) rows.push_back(score_file(options, config, here));
  report::emit(report::report_of(rows), options.outputs);
}

}  // namespace

void add_test(CLI::App& app, const plan::Surroundings& here) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("test", "Accuracy of a checkpoint, or of the .tflite that is timed");
  command->add_option("--cfg", options->cfg, "configuration")->required();
  add_overrides(*command, options->overrides);
  command->add_option("--data", options->data, "data set (default: DATA_PATH)");
  command->add_option("--weights", options->weights,
                      "checkpoint (default: TEST.WEIGHTS, unless --model is given)");
  command->add_option("--model", options->model, "model file, scored as it is run");
  add_colour(*command, options->overrides);
  add_placing(*command, options->placing);
  command->add_flag("--as_cfg", options->as_cfg,
                    "pictures as the configuration says, though the network was made for others");
  add_outputs(*command, options->outputs);
  command->footer(
      "Example:\n  nnstretch test --cfg net.yaml --data DIR --weights out/model.pyth\n"
      "  nnstretch test --cfg net.yaml --data DIR --model net.tflite --machine machine.yaml");
  command->callback([options, &here] { test(*options, here); });
}

}  // namespace nnstretch::cli

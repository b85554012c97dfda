// nnstretch test: how often a network is right. Of a checkpoint in float, model and average; of a
// model file as it is run, on any machine: the accuracy of what is timed.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <thread>

#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "cli/options.h"
#include "cli/training/commands.h"
#include "formats/model_file.h"
#include "nets/build.h"
#include "pipeline/remarks.h"
#include "train/accuracy.h"
#include "train/datasets.h"
#include "weights/weights.h"

namespace nnstretch::cli {
namespace {

using Json = pipeline::Json;

struct Options {
  std::filesystem::path cfg, data, weights, model;
  std::vector<std::string> overrides;
  pipeline::PlaceOptions place;
  std::filesystem::path json;
};

// One line of the result.
struct Scored {
  std::string what, how;
  train::Score score;
  Json more = Json::object();
};

// Both networks of a checkpoint, or the one of a plain state_dict.
std::vector<Scored> score_checkpoint(const Options& options, const config::Config& config) {
  const std::filesystem::path& path = options.weights;
  const train::Pictures source(config, train::Use::testing, options.data);
  const auto pictures = source.batches(0, 1);
  const ir::Graph graph = nets::build(config, config.train.im_size);
  const train::Interpreter network(graph);
  std::vector<Scored> rows;
  for (const auto which : {weights::Which::model, weights::Which::ema}) {
    const auto loaded = weights::load(path, which);
    if (loaded.taken != which) continue;  // there is only one
    const auto store = weights::select(graph, loaded.weights, path.string());
    const train::State state = train::make_state(graph, store, train::Layout::channels_last);
    const bool average = which == weights::Which::ema;
    rows.push_back({fmt::format("{}, {}", path.string(), average ? "average" : "model"), "f32",
                    train::score(network, state, train::Layout::channels_last, *pictures)});
    rows.back().more["weights"] = average ? "ema" : "model";
  }
  return rows;
}

// The pictures have the size that the file reads, whatever TRAIN.IM_SIZE is.
Scored score_file(const Options& options, const config::Config& config) {
  const ir::Model model = pipeline::read_network(options.model);
  const ir::Shape& input = model.graph.node(model.graph.inputs().at(0)).type.shape;
  const int im_size = input.size() == 4 ? static_cast<int>(input[1]) : 0;
  const train::Pictures source(config, train::Use::testing, options.data, im_size);
  const auto pictures = source.batches(0, 1);
  Progress progress("test", pictures->count());
  const auto result = train::score_as_run(model, options.place, *pictures, [&](const auto& batch) {
    progress.step(fmt::format("{:.1f} % wrong", batch.top1_err));
  });
  const auto type = model.graph.node(model.graph.inputs().at(0)).type.dtype;
  Scored scored{options.model.string(),
                fmt::format("{} on {}", type == DType::f32 ? "f32" : "int8",
                            fmt::join(result.processors, ", ")),
                result.score};
  scored.more = pipeline::remarks(*result.plan);
  scored.more["processors"] = result.processors;
  pipeline::tell_remarks(*result.plan);
  return scored;
}

void print(const std::vector<Scored>& rows) {
  Table table({"network", "computed as", "images", "top-1 %", "top-1 error", "top-5 error"},
              {true, true});
  for (const auto& [what, how, score, more] : rows)
    table.add({what, how, images(score.images, score.skipped),
               fmt::format("{:.4f}", 100 - score.top1_err), fmt::format("{:.4f}", score.top1_err),
               fmt::format("{:.4f}", score.top5_err)});
  table.print(stdout);
}

std::string as_json(const std::vector<Scored>& rows) {
  Json all = {{"schema", 1}, {"networks", Json::array()}};
  for (const auto& [what, how, score, more] : rows) {
    Json row = {
        {"network", what},          {"computed_as", how},         {"images", score.images},
        {"skipped", score.skipped}, {"top1_err", score.top1_err}, {"top5_err", score.top5_err}};
    row.update(more);
    all["networks"].push_back(row);
  }
  return json_text(all, 2) + "\n";
}

void test(Options options) {
  const auto config = config::load(options.cfg, options.overrides);
  if (options.weights.empty() && options.model.empty()) options.weights = config.test.weights;
  if (options.weights.empty() && options.model.empty())
    throw UsageError({.what = "there is nothing to test",
                      .fix = "give --weights CHECKPOINT (or TEST.WEIGHTS), --model FILE or both"});
  torch::set_num_threads(options.place.num_threads > 0
                             ? options.place.num_threads
                             : static_cast<int>(std::thread::hardware_concurrency()));
  std::vector<Scored> rows;
  if (!options.weights.empty()) rows = score_checkpoint(options, config);
  if (!options.model.empty()) rows.push_back(score_file(options, config));
  if (options.json != "-") print(rows);
  if (!options.json.empty()) write_json(options.json, as_json(rows));
}

}  // namespace

void add_test(CLI::App& app) {
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
  add_place(*command, options->place);
  add_precision(*command, options->place.precision);
  add_json(*command, options->json);
  command->footer(
      "Example:\n  nnstretch test --cfg net.yaml --data DIR --weights out/model.pyth\n"
      "  nnstretch test --cfg net.yaml --data DIR --model net.tflite --machine machine.yaml");
  command->callback([options] { test(*options); });
}

}  // namespace nnstretch::cli

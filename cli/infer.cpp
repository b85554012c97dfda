// nnstretch infer: one input through a network, the five likeliest classes, the logits.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <numeric>

#include "base/json.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "pipeline/infer.h"
#include "pipeline/remarks.h"

namespace nnstretch::cli {
namespace {

struct Options {
  Source source;
  std::filesystem::path input, output, values, save_input;
  pipeline::PlaceOptions place;
  bool precision_given = false;
  bool sequential = false;
  std::string json;
};

// The five likeliest classes, or all if there are fewer.
std::vector<size_t> top5(const std::vector<float>& logits) {
  std::vector<size_t> order(logits.size());
  std::iota(order.begin(), order.end(), 0);
  const auto five = std::min<size_t>(5, order.size());
  std::partial_sort(order.begin(), order.begin() + static_cast<ptrdiff_t>(five), order.end(),
                    [&](size_t a, size_t b) { return logits[a] > logits[b]; });
  order.resize(five);
  return order;
}

void print_top5(const std::vector<float>& logits) {
  Table table({"class", "logit"});
  for (const size_t one : top5(logits))
    table.add({std::to_string(one), fmt::format("{:.6g}", logits[one])});
  table.print(stdout);
}

pipeline::Json to_json(const std::string& name, const pipeline::Inference& result) {
  pipeline::Json json = {{"schema", 1}, {"model", name}, {"top5", pipeline::Json::array()}};
  for (const size_t one : top5(result.logits))
    json["top5"].push_back({{"class", one}, {"logit", result.logits[one]}});
  json.update(pipeline::remarks(*result.plan));
  json["context"] = pipeline::context();
  return json;
}

// A configuration is float as it stands, a file is computed as it was written.
pipeline::PlaceOptions place_of(const Options& options) {
  pipeline::PlaceOptions place = options.place;
  if (!options.precision_given)
    place.precision =
        options.source.cfg.empty() ? engines::Precision::int8 : engines::Precision::f32;
  return place;
}

void infer(const Options& options) {
  const bool from_config = !options.source.cfg.empty();
  const pipeline::PlaceOptions place = place_of(options);
  const ir::Model model = options.source.load(place.precision == engines::Precision::int8);
  const auto input = pipeline::load_input(options.input, model, /*nchw=*/from_config);
  const auto result = pipeline::infer(model, place, options.sequential, input);
  if (!options.output.empty()) {
    NpyArray logits = result.raw;
    if (from_config) {
      const auto bytes = std::as_bytes(std::span(result.logits));
      logits.type = DType::f32;
      logits.bytes.assign(bytes.begin(), bytes.end());
    }
    write_npy(options.output, logits);
  }
  if (!options.save_input.empty()) {
    const auto& type = model.graph.node(model.graph.inputs()[0]).type;
    write_npy(options.save_input, {type.dtype, type.shape, input});
  }
  if (!options.values.empty()) pipeline::write_values(model, input, options.values);
  if (!options.json.empty())
    write_json(options.json, json_text(to_json(options.source.name(), result)));
  if (options.json != "-") print_top5(result.logits);
  pipeline::tell_remarks(*result.plan);
}

}  // namespace

void add_infer(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("infer", "One input through a network");
  add_source(*command, options->source);
  command
      ->add_option("--input", options->input,
                   ".npy (with --cfg float32 NCHW, with --model the file's own) or JPEG/PNG")
      ->required();
  command->add_option("--output", options->output, "logits as .npy");
  command->add_option("--save_input", options->save_input,
                      "the prepared input as .npy, for other tools");
  command->add_option("--values", options->values,
                      "folder for every value as .npy, by the reference kernels; what a file name "
                      "cannot hold is written as %2F");
  add_place(*command, options->place);
  const CLI::Option* precision = add_precision(*command, options->place.precision)
                                     ->default_str("f32 of a configuration, a file's own");
  command->add_flag("--sequential", options->sequential, "one part after another: the same bytes");
  add_json(*command, options->json);
  command->footer(
      "Example:\n  nnstretch infer --cfg configs/mi/R-34-CD.yaml --input cat.jpg\n"
      "  nnstretch infer --model R-34-CD.tflite --input cat.jpg --output logits.npy");
  command->callback([options, precision] {
    options->precision_given = precision->count() > 0;
    infer(*options);
  });
}

}  // namespace nnstretch::cli

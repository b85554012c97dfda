// nnstretch infer: one input through a network, the five likeliest classes, the logits.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/top.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "ir/stored_values.h"
#include "pipeline/infer.h"
#include "pipeline/remarks.h"

namespace nnstretch::cli {
namespace {

struct Options {
  Source source;
  std::filesystem::path input, output, values, save_input, json;
  pipeline::PlaceOptions place;
  bool precision_given = false;
  bool sequential = false;
};

std::string label_of(const formats::Beside& beside, size_t one) {
  return one < beside.labels.size() ? beside.labels[one] : "";
}

void print_top5(const formats::Beside& beside, const std::vector<float>& logits) {
  std::vector<std::string> header = {"class", "logit"};
  if (!beside.labels.empty()) header.emplace_back("label");
  Table table(header, {true, false, true});
  for (const size_t one : top(logits, 5)) {
    std::vector<std::string> row = {std::to_string(one), fmt::format("{:.6g}", logits[one])};
    if (!beside.labels.empty()) row.push_back(label_of(beside, one));
    table.add(std::move(row));
  }
  table.print(stdout);
}

// Where each output goes: OUT.npy, or OUT.0.npy, OUT.1.npy, ... of a network with several.
std::filesystem::path file_of_output(const std::filesystem::path& out, size_t index, size_t count) {
  if (count == 1) return out;
  auto name = out.stem();
  name += fmt::format(".{}", index);
  name += out.extension();
  return out.parent_path() / name;
}

pipeline::Json to_json(const std::string& name, const ir::Model& model,
                       const formats::Beside& beside, const pipeline::Inference& result) {
  pipeline::Json json = {{"schema", 1}, {"model", name}, {"top5", pipeline::Json::array()}};
  for (const size_t one : top(result.logits, 5)) {
    pipeline::Json row = {{"class", one}, {"logit", result.logits[one]}};
    if (!beside.labels.empty()) row["label"] = label_of(beside, one);
    json["top5"].push_back(std::move(row));
  }
  json["outputs"] = pipeline::Json::array();
  for (size_t i = 0; i < result.outputs.size(); ++i)
    json["outputs"].push_back({{"name", model.graph.node(model.graph.outputs()[i]).name},
                               {"type", name_of(result.outputs[i].type)},
                               {"shape", result.outputs[i].shape}});
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

// With --cfg real numbers, with --model what the tensors hold.
void write_outputs(const Options& options, const ir::Model& model,
                   const pipeline::Inference& result) {
  for (size_t i = 0; i < result.outputs.size(); ++i) {
    const auto& type = model.graph.node(model.graph.outputs()[i]).type;
    const auto path = file_of_output(options.output, i, result.outputs.size());
    NpyArray array = result.outputs[i];
    if (!options.source.cfg.empty()) {
      const auto real = ir::to_floats(array.bytes, type);
      const auto bytes = std::as_bytes(std::span(real));
      array = {DType::f32, array.shape, {bytes.begin(), bytes.end()}};
    }
    write_npy(path, array);
    if (result.outputs.size() > 1)
      log::info("output {}, {} {}: {}", i, model.graph.node(model.graph.outputs()[i]).name,
                ir::to_string(type), path.string());
  }
}

// The files are written first: whoever looks for the cause needs them.
void check_logits(const ir::Model& model, const std::vector<float>& logits) {
  const auto nan = ir::first_nan(logits);
  if (!nan) return;
  const auto count = std::count_if(logits.begin(), logits.end(), [](float x) { return x != x; });
  throw EngineError({.what = fmt::format("{} of {} logits are NaN, the first of class {}", count,
                                         logits.size(), *nan),
                     .where = model.name,
                     .fix = "--values FOLDER shows where it begins"});
}

void infer(const Options& options) {
  const auto form =
      options.source.cfg.empty() ? pipeline::ArrayForm::as_stored : pipeline::ArrayForm::as_trained;
  const pipeline::PlaceOptions place = place_of(options);
  formats::Beside beside;
  const ir::Model model = options.source.load(place.precision == engines::Precision::int8, &beside);
  const auto input = pipeline::load_input(options.input, model, beside, form);
  if (!options.save_input.empty()) {
    const auto& type = model.graph.node(model.graph.inputs()[0]).type;
    write_npy(options.save_input, pipeline::input_array(input, type, form));
  }
  const auto result = pipeline::infer(model, place, options.sequential, input);
  if (!options.output.empty()) write_outputs(options, model, result);
  if (!options.values.empty()) pipeline::write_values(model, input, options.values);
  if (!options.json.empty())
    write_json(options.json, json_text(to_json(options.source.name(), model, beside, result)));
  if (options.json != "-") print_top5(beside, result.logits);
  pipeline::tell_remarks(*result.plan);
  check_logits(model, result.logits);
}

}  // namespace

void add_infer(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("infer", "One input through a network");
  add_source(*command, options->source);
  command
      ->add_option(
          "--input", options->input,
          "JPEG, PNG, or .npy: with --cfg float32 NCHW, with --model the input's own type, "
          "NHWC")
      ->required();
  add_output(*command, "--output", options->output,
             "logits as Y.npy; of a network with several outputs Y.0.npy, Y.1.npy, ...");
  add_output(*command, "--save_input", options->save_input,
             "the prepared input as .npy, as --input takes it");
  add_output_folder(*command, "--values", options->values,
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

// nnstretch infer: one input through a network, the five likeliest classes, the logits.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "base/error.h"
#include "base/log.h"
#include "base/top.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "ir/stored_values.h"
#include "pipeline/infer.h"
#include "report/doubts.h"
#include "report/inference.h"

namespace nnstretch::cli {
namespace {

struct Options {
  Source source;
  std::filesystem::path input, output, values, save_input;
  report::Outputs outputs;
  plan::Placing placing;
  std::optional<engines::Precision> precision;
  measure::Pick pick = measure::Pick::parts;
  bool sequential = false;
};

// Where each output goes: OUT.npy, or OUT.0.npy, OUT.1.npy, ... of a network with several.
std::filesystem::path file_of_output(const std::filesystem::path& out, size_t index, size_t count) {
  if (count == 1) return out;
  auto name = out.stem();
  name += fmt::format(".{}", index);
  name += out.extension();
  return out.parent_path() / name;
}

report::InferenceResult result_of(const std::string& name, const ir::Model& model,
                                  const formats::Beside& beside,
                                  const pipeline::Inference& inference,
                                  const plan::Surroundings& here) {
  report::InferenceResult result{.model = name,
                                 .top5 = {},
                                 .outputs = {},
                                 .remarks = inference.remarks,
                                 .signs = inference.signs,
                                 .doubts = measure::doubts_of(inference.signs),
                                 .context = measure::context_of(here)};
  result.reliable = result.doubts.empty();
  for (const size_t one : top(inference.logits, 5)) {
    result.top5.push_back({one, inference.logits[one]});
    if (!beside.labels.empty())
      result.top5.back().label = one < beside.labels.size() ? beside.labels[one] : "";
  }
  for (size_t i = 0; i < inference.outputs.size(); ++i)
    result.outputs.push_back({model.graph.node(model.graph.outputs()[i]).name,
                              std::string(name_of(inference.outputs[i].type)),
                              inference.outputs[i].shape});
  return result;
}

// A configuration is float as it stands, a file is computed as it was written.
engines::Precision precision_of(const Options& options) {
  const bool file = options.source.cfg.empty();
  return options.precision.value_or(file ? engines::Precision::int8 : engines::Precision::f32);
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

void infer(const Options& options, const plan::Surroundings& here) {
  const auto form =
      options.source.cfg.empty() ? pipeline::ArrayForm::as_stored : pipeline::ArrayForm::as_trained;
  const engines::Precision precision = precision_of(options);
  const plan::Placing placing = in_precision(options.placing, precision);
  formats::Beside beside;
  const ir::Model model = options.source.load(precision == engines::Precision::int8, here, &beside);
  const auto input = pipeline::load_input(options.input, model, beside, form);
  if (!options.save_input.empty()) {
    const auto& type = model.graph.node(model.graph.inputs()[0]).type;
    write_npy(options.save_input, pipeline::input_array(input, type, form));
  }
  const auto result =
      pipeline::infer(model, placing, options.sequential, input, here, options.pick);
  if (!options.output.empty()) write_outputs(options, model, result);
  if (!options.values.empty()) pipeline::write_values(model, input, options.values);
  const auto told = result_of(options.source.name(), model, beside, result, here);
  report::emit(report::report_of(told), options.outputs);
  measure::tell(result.remarks);
  if (!options.outputs.json.empty() && !told.reliable)
    log::warn("{}", report::doubt_line(told.doubts));
  check_logits(model, result.logits);
}

}  // namespace

void add_infer(CLI::App& app, const plan::Surroundings& here) {
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
  add_placing(*command, options->placing);
  add_precision(*command, options->precision)->default_str("f32 of a configuration, a file's own");
  add_pick(*command, options->pick);
  command->add_flag("--sequential", options->sequential, "one part after another: the same bytes");
  add_outputs(*command, options->outputs);
  command->footer(
      "Example:\n  nnstretch infer --cfg configs/mi/R-34-CD.yaml --input cat.jpg\n"
      "  nnstretch infer --model R-34-CD.tflite --input cat.jpg --output logits.npy");
  command->callback([options, &here] { infer(*options, here); });
}

}  // namespace nnstretch::cli

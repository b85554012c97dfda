// nnstretch infer: one input through a network, the five likeliest classes, the logits.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <span>

#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/scratch_folder.h"
#include "base/top.h"
#include "cli/commands.h"
#include "cli/device.h"
#include "cli/options.h"
#include "ir/stored_values.h"
#include "pipeline/infer.h"
#include "remote/device_bench.h"
#include "remote/device_job.h"
#include "remote/steps.h"
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
  bool sequential = false, tell_steps = false;
  Elsewhere elsewhere;
};

// Where each output goes: OUT.npy, or OUT.0.npy, OUT.1.npy, ... of a network with several.
std::filesystem::path file_of_output(const std::filesystem::path& out, size_t index, size_t count) {
  if (count == 1) return out;
  auto name = out.stem();
  name += fmt::format(".{}", index);
  name += out.extension();
  return out.parent_path() / name;
}

// The names of the classes, where the network has some.
void label(report::InferenceResult& result, const formats::Beside& beside) {
  if (beside.labels.empty()) return;
  for (auto& one : result.top5)
    one.label = one.number < beside.labels.size() ? beside.labels[one.number] : "";
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
  for (const size_t one : top(inference.logits, 5))
    result.top5.push_back({one, inference.logits[one]});
  label(result, beside);
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
                   const std::vector<NpyArray>& outputs) {
  for (size_t i = 0; i < outputs.size(); ++i) {
    const auto& type = model.graph.node(model.graph.outputs()[i]).type;
    const auto path = file_of_output(options.output, i, outputs.size());
    NpyArray array = outputs[i];
    if (!options.source.cfg.empty()) {
      const auto real = ir::to_floats(array.bytes, type);
      const auto bytes = std::as_bytes(std::span(real));
      array = {DType::f32, array.shape, {bytes.begin(), bytes.end()}};
    }
    write_npy(path, array);
    if (outputs.size() > 1)
      log::info("output {}, {} {}: {}", i, model.graph.node(model.graph.outputs()[i]).name,
                ir::to_string(type), path.string());
  }
}

struct Inferred {
  std::vector<NpyArray> outputs;  // as they are stored
  report::InferenceResult told;
};

Inferred infer_here(const Options& options, const ir::Model& model, const formats::Beside& beside,
                    const plan::Placing& placing, std::span<const std::byte> input,
                    const plan::Surroundings& here) {
  auto result = pipeline::infer(model, placing, options.sequential, input, here, options.pick);
  auto told = result_of(options.source.name(), model, beside, result, here);
  return {std::move(result.outputs), std::move(told)};
}

std::vector<std::string> words_there(const Options& options, const std::string& model,
                                     const plan::Placing& placing, const remote::DeviceJob& job) {
  std::vector<plan::Option> flags = plan::options_of(remote::placing_there(placing, job));
  flags.push_back({"model", model});
  flags.push_back({"input", job.path("input.npy")});
  flags.push_back({"output", job.path("output.npy")});
  flags.push_back({"plan", std::string(name_of(options.pick))});
  flags.push_back({"json", "-"});
  flags.push_back({"tell_steps", ""});
  if (options.sequential) flags.push_back({"sequential", ""});
  std::vector<std::string> words = plan::words_of(flags);
  words.insert(words.begin(), "infer");
  return words;
}

// The file goes there, or one of the network that this process made of a configuration.
Inferred infer_there(const Options& options, const ir::Model& model, const formats::Beside& beside,
                     const plan::Placing& placing, std::span<const std::byte> input) {
  const ScratchFolder scratch;
  std::filesystem::path file = options.source.model;
  if (file.empty()) {
    file = scratch / options.source.cfg.stem().concat(".tflite");
    pipeline::write_network(file, model);
  }
  const auto& type = model.graph.node(model.graph.inputs()[0]).type;
  write_npy(scratch / "input.npy",
            pipeline::input_array(input, type, pipeline::ArrayForm::as_stored));
  remote::Device device = device_with_program(options.elsewhere.target());
  Inferred done;
  {
    const std::string there = device.bring_model(file, {});
    const remote::DeviceJob job(device);
    job.push(scratch / "input.npy", "input.npy");
    job.run(words_there(options, there, placing, job), options.source.name(), {});
    const std::string where = "what `infer` says on " + device.name();
    done.told = report::inference_from_json(parse_json<Json>(job.text("out"), where), where);
    const size_t count = model.graph.outputs().size();
    for (size_t i = 0; i < count; ++i) {
      const auto name = file_of_output("output.npy", i, count);
      job.pull(name, scratch / name);
      done.outputs.push_back(read_npy(scratch / name));
    }
  }
  done.told.model = options.source.name();
  done.told.device = device.facts();
  label(done.told, beside);
  if (options.elsewhere.clean) device.clean();
  return done;
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
  std::optional<remote::Pulse> pulse;
  if (options.tell_steps) pulse.emplace();
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
  const bool elsewhere = options.elsewhere.given();
  const auto [outputs, told] = elsewhere ? infer_there(options, model, beside, placing, input)
                                         : infer_here(options, model, beside, placing, input, here);
  if (!options.output.empty()) write_outputs(options, model, outputs);
  if (!options.values.empty()) pipeline::write_values(model, input, options.values);
  report::emit(report::report_of(told), options.outputs);
  if (!elsewhere) measure::tell(told.remarks);  // said there already, and heard
  if (!options.outputs.json.empty() && !told.reliable)
    log::warn("{}", report::doubt_line(told.doubts));
  check_logits(model,
               ir::to_floats(outputs.at(0).bytes, model.graph.node(model.graph.outputs()[0]).type));
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
      ->type_name("FILE")
      ->required();
  add_output(*command, "--output", options->output,
             "logits as Y.npy; of a network with several outputs Y.0.npy, Y.1.npy, ...");
  add_output(*command, "--save_input", options->save_input,
             "the prepared input as .npy, as --input takes it");
  add_output_folder(*command, "--values", options->values,
                    "for every value as .npy, by the reference kernels; what a file name "
                    "cannot hold is written as %2F");
  add_placing(*command, options->placing);
  add_precision(*command, options->precision)->default_str("f32 of a configuration, a file's own");
  add_pick(*command, options->pick);
  command->add_flag("--sequential", options->sequential, "one part after another: the same bytes");
  add_elsewhere(*command, options->elsewhere);
  command->add_flag("--tell_steps", options->tell_steps, "")->group("");  // remote/steps.h
  add_outputs(*command, options->outputs);
  command->footer(
      "Example:\n  nnstretch infer --cfg configs/mi/R-34-CD.yaml --input cat.jpg\n"
      "  nnstretch infer --model R-34-CD.tflite --input cat.jpg --output logits.npy\n"
      "  nnstretch infer --model R-34-CD.tflite --input cat.jpg --ssh pi@board");
  command->callback([options, &here] { infer(*options, here); });
}

}  // namespace nnstretch::cli

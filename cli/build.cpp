// nnstretch build: the model file of a configuration, or of a float model file.
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <optional>

#include "base/error.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "formats/model_file.h"
#include "measure/bench.h"
#include "pipeline/network.h"
#include "quantize/int8.h"
#include "report/quantisation.h"
#include "report/show.h"

namespace nnstretch::cli {
namespace {

struct Options {
  Source source;
  std::filesystem::path out;
  std::optional<engines::Precision> precision;
  bool report = false;
  std::filesystem::path report_json;
  size_t report_images = 16;
};

// The latency of both networks, if blocks were kept float: what they cost.
report::MixedLatency latencies(const pipeline::Quantised& made, const ir::Model& all_int8,
                               const plan::Surroundings& here) {
  const measure::BenchOptions quick{
      .placing = {}, .num_runs = 20, .latency_only = true, .energy = {.source = "off"}};
  return {measure::bench(all_int8, quick, here).result.latency.min,
          measure::bench(made.int8, quick, here).result.latency.min};
}

void tell(const pipeline::Quantised& made, const ir::Model& trained, const Options& options,
          const plan::Surroundings& here) {
  const auto calibration = options.source.calibrated_on();
  auto result = pipeline::report(made, calibration, options.report_images, here);
  if (!made.float_blocks.empty() || !calibration.float_blocks.empty()) {
    auto plain = calibration;
    plain.mixed = {}, plain.float_blocks = {}, plain.observer = made.observer;
    result.latency_us = latencies(made, pipeline::quantise(trained, plain, here).int8, here);
  }
  const auto report = report::report_of(result);
  if (options.report || options.report_json == "-")
    report::emit(report, {.json = options.report_json});
  else
    report::write_json(report, options.report_json);
}

void build(const Options& options, const plan::Surroundings& here) {
  pipeline::check_name(options.out);
  if (options.precision == engines::Precision::bf16)
    throw UsageError({.what = "model files hold float32 or int8; bf16 is how an engine computes",
                      .fix = "build it with --precision f32, and give --precision bf16 to bench or "
                             "infer"});
  if (options.precision == engines::Precision::f32 &&
      (options.report || !options.report_json.empty()))
    throw UsageError({.what = "there is nothing to report of a float network",
                      .fix = "leave out --report and --json, or build it in int8"});
  formats::Beside beside;
  const auto trained = options.source.trained(&beside);
  if (options.precision == engines::Precision::f32) {
    pipeline::write_network(options.out, quantize::prepare(trained), beside);
  } else {
    const auto calibration = options.source.calibrated_on();
    const auto made = pipeline::quantise(trained, calibration, here);
    beside.calibrated_on = pipeline::pictures_said(calibration);
    log::info("calibrated on {}", beside.calibrated_on);
    pipeline::write_network(options.out, made.int8, beside);
    if (options.report || !options.report_json.empty()) tell(made, trained, options, here);
  }
  if (options.report_json == "-") return log::info("{}", report::file_and_size(options.out));
  report::show("{}\n", report::file_and_size(options.out));
}

}  // namespace

void add_build(CLI::App& app, const plan::Surroundings& here) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("build", "Write a network as a model file");
  add_source(*command, options->source);
  add_output(*command, "--out", options->out, "file to write (.tflite or .onnx)")->required();
  add_precision(*command, options->precision)->description("int8 or f32");
  command->add_flag("--report", options->report,
                    "what int8 costs: fidelity, the worst layers, what was chosen");
  add_json(*command, options->report_json, "--report_json,--json")
      ->description("the same with every layer as JSON, to a file or - for stdout");
  command->add_option("--report_images", options->report_images, "held-out images it looks at")
      ->check(CLI::Range(2, 1000))
      ->capture_default_str();
  command->footer(
      "Example:\n  nnstretch build --cfg configs/mi/R-34-CD.yaml --out R-34-CD.tflite --report\n"
      "  nnstretch build --cfg configs/mi/EN-B5-CD.yaml --out b5.tflite --observer best \\\n"
      "    --bias_correction --equalise --mixed_precision auto --report\n"
      "  nnstretch build --model float.onnx --out int8.tflite --observer mse --report");
  command->callback([options, &here] { build(*options, here); });
}

}  // namespace nnstretch::cli

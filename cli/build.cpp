// nnstretch build: the model file of a configuration, or of a float model file.
#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "base/error.h"
#include "base/json.h"
#include "base/names.h"
#include "base/threads.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/show.h"
#include "formats/model_file.h"
#include "pipeline/network.h"
#include "quantize/int8.h"

namespace nnstretch::cli {
namespace {

struct Options {
  Source source;
  std::filesystem::path out;
  engines::Precision precision = engines::Precision::int8;
  bool report = false;
  std::filesystem::path report_json;
  size_t report_images = 16;
};

void print_choices(const pipeline::Quantised& made) {
  if (!made.trials.empty())
    fmt::print("observers, median centred correlation of {} held-out images\n", made.images_tried);
  for (const auto& trial : made.trials)
    fmt::print("  {:<12} {:.4f}{}\n", quantize::name_of(trial.observer), trial.fidelity.median,
               trial.observer == made.observer ? "  kept" : "");
  for (const auto& block : made.float_blocks)
    show("float block {:<16} median {:.4f}, {:.2f} dB, {:.2f} MB more\n", block.name,
         block.fidelity.median, block.fidelity.snr_db,
         static_cast<double>(block.extra_bytes) / 1e6);
  if (made.equalised_pairs)
    fmt::print("{} pairs of convolutions equalised\n", made.equalised_pairs);
}

void print_report(const pipeline::QuantisationReport& report) {
  const auto& f = report.fidelity;
  fmt::print("int8 against float, {} images that calibration has not seen\n", f.images);
  fmt::print("  centred correlation of logits   median {:.4f}, worst {:.4f}\n", f.median, f.worst);
  fmt::print("  signal to noise of logits       {:.2f} dB\n", f.snr_db);
  fmt::print("  against the wrong image         median {:.4f}\n", f.wrong_image);
  fmt::print("  same class first                {:.0f} %\n", 100 * f.top1_agreement);
  fmt::print("  worst layers (signal to quantisation noise, share of clipped values)\n");
  for (size_t i = 0; i < std::min<size_t>(3, report.layers.size()); ++i)
    fmt::print("    {:<32} {:<10} {:5.1f} dB {:8.4f} %\n", report.layers[i].node,
               report.layers[i].op, report.layers[i].sqnr_db, 100 * report.layers[i].clipped);
}

// The latency of both networks, if blocks were kept float: what they cost.
std::pair<double, double> latencies(const pipeline::Quantised& made, const ir::Model& all_int8) {
  pipeline::BenchOptions quick;
  quick.num_runs = 20;
  quick.latency_only = true;
  return {pipeline::bench(all_int8, quick).measured.latency.min,
          pipeline::bench(made.int8, quick).measured.latency.min};
}

void tell(const pipeline::Quantised& made, const ir::Model& trained, const Options& options,
          int threads) {
  const auto& calibration = options.source.calibration;
  const auto report = pipeline::report(made, calibration, options.report_images, threads);
  pipeline::Json json = pipeline::to_json(made, report);
  const bool text = options.report && options.report_json != "-";
  if (text) print_choices(made), print_report(report);
  if (!made.float_blocks.empty() || !calibration.float_blocks.empty()) {
    auto plain = calibration;
    plain.mixed = {}, plain.float_blocks = {}, plain.observer = made.observer;
    const auto both = latencies(made, pipeline::quantise(trained, plain, threads).int8);
    json["latency_us"] = {{"int8", both.first}, {"mixed", both.second}};
    if (text)
      fmt::print("  latency, fastest of 20           int8 {:.0f} us, mixed {:.0f} us\n", both.first,
                 both.second);
  }
  if (!options.report_json.empty()) write_json(options.report_json, json_text(json));
}

void build(const Options& options) {
  if (!is_model_file(options.out))
    throw UsageError({.what = fmt::format("'{}' has an extension this version cannot write",
                                          options.out.string()),
                      .where = {},
                      .fix = "use a name that ends in .tflite or .onnx"});
  if (options.precision == engines::Precision::bf16)
    throw UsageError({.what = "model files hold float32 or int8; bf16 is how an engine computes",
                      .fix = "build it with --precision f32, and give --precision bf16 to bench or "
                             "infer"});
  if (options.precision == engines::Precision::f32 &&
      (options.report || !options.report_json.empty()))
    throw UsageError({.what = "there is nothing to report of a float network",
                      .fix = "leave out --report and --json, or build it in int8"});
  const int threads = static_cast<int>(allowed_cores().size());
  formats::Beside beside;
  const auto trained = options.source.trained(&beside);
  if (options.precision == engines::Precision::f32) {
    pipeline::write_network(options.out, quantize::prepare(trained), beside);
  } else {
    const auto made = pipeline::quantise(trained, options.source.calibration, threads);
    pipeline::write_network(options.out, made.int8, beside);
    if (options.report || !options.report_json.empty()) tell(made, trained, options, threads);
  }
  std::error_code no_file;  // a device or a pipe has no size
  const auto bytes = std::filesystem::file_size(options.out, no_file);
  const auto size = no_file ? "" : fmt::format(" ({:.1f} MB)", static_cast<double>(bytes) / 1e6);
  fmt::print(options.report_json == "-" ? stderr : stdout, "{}{}\n",
             printable(options.out.string()), size);
}

}  // namespace

void add_build(CLI::App& app) {
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
  command->callback([options] { build(*options); });
}

}  // namespace nnstretch::cli

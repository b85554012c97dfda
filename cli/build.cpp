// nnstretch build: the model file of a configuration.
#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "base/error.h"
#include "base/threads.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "pipeline/network.h"
#include "quantize/fidelity.h"
#include "quantize/int8.h"

namespace nnstretch::cli {
namespace {

struct Options {
  Source source;
  std::filesystem::path out;
  engines::Precision precision = engines::Precision::int8;
  bool report = false;
};

void print_fidelity(const pipeline::Quantised& made, const Options& options, int threads) {
  const auto runtime = pipeline::float_runtime(threads);
  const auto images = pipeline::photographs(made.int8.preprocess, options.source.calibration, true);
  const auto f = quantize::compare(made.prepared, made.int8, images, runtime);
  fmt::print("int8 against float, {} images that calibration has not seen\n", f.images);
  fmt::print("  centred correlation of logits   median {:.4f}, worst {:.4f}\n", f.median, f.worst);
  fmt::print("  against the wrong image         median {:.4f}\n", f.wrong_image);
  fmt::print("  same class first                {:.0f} %\n", 100 * f.top1_agreement);
  const size_t some = std::min<size_t>(images.size(), 4);
  const auto errors =
      quantize::layer_errors(made.prepared, made.int8, std::span(images).first(some), runtime);
  fmt::print("  worst layers (signal to quantisation noise)\n");
  for (size_t i = 0; i < std::min<size_t>(5, errors.size()); ++i)
    fmt::print("    {:<32} {:<10} {:5.1f} dB\n", errors[i].node, errors[i].op, errors[i].sqnr_db);
}

void build(const Options& options) {
  if (options.out.extension() != ".tflite")
    throw UsageError({.what = fmt::format("'{}' has an extension this version cannot write",
                                          options.out.string()),
                      .where = {},
                      .fix = "use a name that ends in .tflite"});
  const int threads = static_cast<int>(allowed_cores().size());
  const auto trained = pipeline::float_model(options.source.config(), options.source.network);
  if (options.precision == engines::Precision::f32) {
    pipeline::write_network(options.out, quantize::prepare(trained));
  } else {
    const auto made = pipeline::quantise(trained, options.source.calibration, threads);
    pipeline::write_network(options.out, made.int8);
    if (options.report) print_fidelity(made, options, threads);
  }
  fmt::print("{} ({:.1f} MB)\n", options.out.string(),
             static_cast<double>(std::filesystem::file_size(options.out)) / 1e6);
}

}  // namespace

void add_build(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("build", "Write a network as a model file");
  command->add_option("--cfg", options->source.cfg, "configuration (YAML)")->required();
  command->add_option("--out", options->out, "file to write (.tflite)")->required();
  command->add_option("overrides", options->source.overrides,
                      "KEY VALUE pairs over the configuration");
  add_network(*command, options->source.network);
  add_calibration(*command, options->source.calibration);
  add_precision(*command, options->precision);
  command->add_flag("--report", options->report, "what int8 costs: fidelity and the worst layers");
  command->footer(
      "Example:\n  nnstretch build --cfg configs/mi/R-34-CD.yaml --out R-34-CD.tflite --report");
  command->callback([options] { build(*options); });
}

}  // namespace nnstretch::cli

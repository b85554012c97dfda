// Options that several sub-commands share, each defined once.
#pragma once
#include <CLI/CLI.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "measure/bench.h"
#include "pipeline/network.h"
#include "report/reporter.h"

namespace nnstretch::cli {

// CLI11 takes [1,2] apart unless something stands before it: run_program puts this before lists
// that are the value of a KEY, and add_overrides takes it away.
inline constexpr char list_mark = ' ';
// KEY VALUE pairs over a configuration; a value may be a list: ANYNET.DEPTHS [[1],[2]]
void add_overrides(CLI::App& command, std::vector<std::string>& overrides);
// --cfg FILE... [KEY VALUE ...]: the files end where a KEY stands.
void add_configs(CLI::App& command, std::vector<std::filesystem::path>& configs,
                 std::vector<std::string>& overrides);
// --machine --engine --num_threads --core_affinity --arithmetic --without --strict --no_spread
void add_placing(CLI::App& command, plan::Placing& placing);
// --precision int8|f32|bf16: of the network.
CLI::Option* add_precision(CLI::App& command, std::optional<engines::Precision>& precision);
// Processors compute in the precision of the network, unless --arithmetic or a machine file says
// it.
plan::Placing in_precision(plan::Placing placing, std::optional<engines::Precision> precision);

// --benchmark_model
CLI::Option* add_tool(CLI::App& command, std::filesystem::path& program);
// --plan parts|whole|best
void add_pick(CLI::App& command, measure::Pick& pick);
// --num_runs --warmup_runs --sequential --no_best --wait_quiet --cool_down --governor --sustained
// --energy --energy_seconds
void add_timing(CLI::App& command, measure::BenchOptions& options);
// --colour rgb|bgr, in place of DATA_LOADER.COLOUR
void add_colour(CLI::App& command, std::vector<std::string>& overrides);
// --weights --im_size
void add_network(CLI::App& command, pipeline::NetworkOptions& options);
// --calibration --observer --percentile --bias_correction --equalise --mixed_precision
// --float_blocks
void add_calibration(CLI::App& command, pipeline::CalibrationOptions& options);

// How images are prepared for a model file that does not say it; what is not given stays.
struct Preparation {
  std::vector<float> mean, std;  // red, green, blue
  std::optional<image::Colour> colour;
  std::optional<int> resize;  // pixels

  bool given() const { return !mean.empty() || !std.empty() || colour || resize; }
  // UsageError for numbers of pixels in 0..255, naming those that are meant.
  void check() const;
  void apply(ir::Model& model, formats::Beside& beside) const;
};

// A network given as --cfg FILE [KEY VALUE ...] or as --model FILE.
struct Source {
  std::filesystem::path cfg, model;
  std::vector<std::string> overrides;
  pipeline::NetworkOptions network;
  Preparation preparation;
  pipeline::CalibrationOptions calibration;

  // UsageError unless exactly one of cfg and model is given.
  void check() const;
  config::Config config() const { return config::load(cfg, overrides); }
  // What int8 ranges come from: --calibration, or pictures of the configuration's data set.
  pipeline::CalibrationOptions calibrated_on() const {
    return model.empty() ? pipeline::on_own_pictures(calibration, config()) : calibration;
  }
  // The float network as it was trained; for --model what the file holds, perhaps int8.
  ir::Model trained(formats::Beside* beside = nullptr) const;
  // Float (batch norms folded) or int8, from the configuration; the file's own for --model.
  ir::Model load(bool int8, const plan::Surroundings& here,
                 formats::Beside* beside = nullptr) const;
  std::string name() const { return (cfg.empty() ? model : cfg).string(); }
};
void add_source(CLI::App& command, Source& source);

// A file to write, "-" for stdout where the command knows it; a folder to write into. That it can
// be is known before the work begins: IoError of base/files.h's check_writable.
CLI::Option* add_output(CLI::App& command, const std::string& name, std::filesystem::path& target,
                        const std::string& help);
CLI::Option* add_output_folder(CLI::App& command, const std::string& name,
                               std::filesystem::path& target, const std::string& help);
// --json FILE|-: the result as JSON, to stdout for "-"; it is given back. --format: how stdout
// looks otherwise.
CLI::Option* add_json(CLI::App& command, std::filesystem::path& target,
                      const std::string& name = "--json");
CLI::Option* add_outputs(CLI::App& command, report::Outputs& outputs);

}  // namespace nnstretch::cli

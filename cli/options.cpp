#include "cli/options.h"
#include "base/names.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>
#include <span>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/threads.h"
#include "cli/help.h"
#include "cli/mistakes.h"
#include "config/keys.h"
#include "engines/list.h"
#include "quantize/int8.h"

namespace nnstretch::cli {

namespace {

std::vector<std::string> engine_names() {
  std::vector<std::string> names = {"auto"};
  names.insert(names.end(), engines::kModules.begin(), engines::kModules.end());
  names.emplace_back("reference");
  return names;
}

template <class T>
std::vector<std::string> names_of(const std::map<std::string, T>& words) {
  std::vector<std::string> names;
  for (const auto& [name, value] : words) names.push_back(name);
  return names;
}

void append(std::span<const std::string> words, std::vector<std::string>& overrides) {
  for (const std::string& word : words)
    overrides.push_back(word.starts_with(list_mark) ? word.substr(1) : word);
}

}  // namespace

void add_overrides(CLI::App& command, std::vector<std::string>& overrides) {
  const Group group(command, "Network");
  using Words = std::vector<std::string>;
  command
      .add_option_function<Words>(
          "overrides", [&overrides](const Words& words) { append(words, overrides); },
          "over the configuration")
      ->type_name("KEY VALUE")
      ->expected(0, -1);
}

void add_configs(CLI::App& command, std::vector<std::filesystem::path>& configs,
                 std::vector<std::string>& overrides) {
  const Group group(command, "Network");
  using Words = std::vector<std::string>;
  const auto take = [&](const Words& words) {
    const auto end = std::find_if(words.begin(), words.end(),
                                  [](const std::string& word) { return config::is_key(word); });
    configs.assign(words.begin(), end);
    append({end, words.end()}, overrides);
  };
  command.add_option_function<Words>("--cfg,--configs", take, "configurations or folders of them")
      ->type_name("FILE")
      ->required();
  add_overrides(command, overrides);
}

namespace {

CLI::Option* add_arithmetic(CLI::App& command, const char* name,
                            std::optional<engines::Precision>& precision, const char* help) {
  std::vector<std::string> words;
  for (const auto one : engines::kPrecisions) words.emplace_back(engines::name_of(one));
  return command
      .add_option_function<std::string>(
          name, [&precision](const std::string& word) { precision = engines::precision_of(word); },
          help)
      ->transform(CLI::IsMember(words, CLI::ignore_case));
}

}  // namespace

void add_placing(CLI::App& command, plan::Placing& placing) {
  const Group group(command, "Processors");
  command.add_option("--machine", placing.machine, "machine file (default: what this machine has)")
      ->type_name("FILE");
  command.add_option("--engine", placing.engine, "who computes; auto: the fastest for each part")
      ->check(one_of(engine_names()))
      ->capture_default_str();
  command.add_option("--num_threads", placing.num_threads, "threads in all (default: one a core)");
  command
      .add_option("--core_affinity", placing.core_affinity,
                  "cores to use, a hexadecimal mask as taskset takes it")
      ->type_name("MASK");
  add_arithmetic(command, "--arithmetic", placing.arithmetic,
                 "how processors compute: int8, f32 or bf16 (default: as the network is)");
  command.add_option("--without", placing.without, "processors not to use, by name")
      ->type_name("NAME");
  command.add_flag("--strict", placing.strict,
                   "fail if an engine refuses an op or a device is absent");
  command.add_flag("!--no_spread", placing.spread,
                   "leave stem, head and stages of one branch to one core");
}

CLI::Option* add_precision(CLI::App& command, std::optional<engines::Precision>& precision) {
  return add_arithmetic(command, "--precision", precision, "of the network: int8, f32 or bf16")
      ->default_str("int8");
}

plan::Placing in_precision(plan::Placing placing, std::optional<engines::Precision> precision) {
  const bool in_float = precision && *precision != engines::Precision::int8;
  if (in_float && !placing.arithmetic && placing.machine.empty()) placing.arithmetic = precision;
  return placing;
}

CLI::Option* add_tool(CLI::App& command, std::filesystem::path& program) {
  const Group group(command, "Timing");
  return command
      .add_option("--benchmark_model", program,
                  "time with this program, TF-Lite's benchmark_model or one like it, in "
                  "place of ours (docs/phones.md)")
      ->type_name("FILE");
}

void add_pick(CLI::App& command, measure::Pick& pick) {
  const Group group(command, "Timing");
  std::map<std::string, measure::Pick> words;
  for (const measure::Pick one : measure::kPicks) words[std::string(name_of(one))] = one;
  command
      .add_option_function<std::string>(
          "--plan", [&pick, words](const std::string& word) { pick = words.at(word); },
          "parts as configured; whole: one part, where it is fastest; best: the fastest of all "
          "(default: parts)")
      ->check(one_of(names_of(words)));
}

namespace {

void add_energy(CLI::App& command, measure::EnergyOptions& options) {
  command
      .add_option_function<std::string>(
          "--energy",
          [&options](const std::string& choice) {
            measure::check_energy_choice(choice);
            options.source = choice;
          },
          "what tells the energy: auto, off, rapl, amd_energy, odpm, hwmon, power_supply, "
          "charge_counter, or one rail, hwmon:RAIL, odpm:RAIL (docs/energy.md)")
      ->default_str("auto");
  command
      .add_option("--energy_seconds", options.seconds,
                  "to watch it, idle and at work each, at most")
      ->check(CLI::Range(0.1, 86400.0))
      ->capture_default_str();
}

}  // namespace

void add_timing(CLI::App& command, measure::BenchOptions& options) {
  const Group group(command, "Timing");
  command.add_option("--num_runs", options.num_runs, "timed runs")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  command.add_option("--warmup_runs", options.warmup_runs, "runs before those")
      ->check(CLI::Range(0, 1000000))
      ->capture_default_str();
  command.add_flag("--sequential", options.sequential, "one part after another: the same bytes");
  command.add_flag("!--no_best", options.best, "the fastest plan is not looked for");
  command
      .add_option("--wait_quiet", options.wait_quiet_s,
                  "wait for a free machine before timing, so many seconds at most")
      ->check(CLI::Range(0, 1000000));
  command.add_option_function<std::string>(
      "--cool_down",
      [&options](const std::string& words) { options.cool_down = measure::cool_down_of(words); },
      "before each network is timed wait until the hottest sensor has 40C, or 40C,120s: so long "
      "at most (default: 300s), or simply 30s");
  command.add_option("--governor", options.governor,
                     "of the cores' clocks while a network is timed, such as performance; needs "
                     "root, and is put back however that ends");
  command
      .add_option("--sustained", options.sustained_s,
                  "then run on for so many seconds: does it keep its speed?")
      ->check(CLI::Range(1, 86400));
  add_energy(command, options.energy);
}

void add_colour(CLI::App& command, std::vector<std::string>& overrides) {
  command
      .add_option_function<std::string>(
          "--colour",
          [&overrides](const std::string& word) {
            overrides.insert(overrides.end(), {"DATA_LOADER.COLOUR", word});
          },
          "order of channels (default: DATA_LOADER.COLOUR, else that of the mode)")
      ->check(one_of({"rgb", "bgr"}));
}

void add_network(CLI::App& command, pipeline::NetworkOptions& options) {
  const Group group(command, "Network");
  command
      .add_option("--weights", options.weights,
                  ".pyth or .safetensors (default: TEST.WEIGHTS, else made-up weights)")
      ->type_name("FILE");
  command.add_option("--im_size", options.im_size, "input pixels (default: TRAIN.IM_SIZE)")
      ->check(CLI::Range(1, 8192));
}

namespace {

// "3": so many blocks; "auto": as long as one gains a quarter of a decibel.
quantize::MixedPrecision mixed_precision(const std::string& word) {
  if (word == "auto") return {.most = 1000, .least_gain_db = 0.25};
  const bool number =
      !word.empty() && word.size() < 4 && word.find_first_not_of("0123456789") == word.npos;
  if (!number) throw CLI::ValidationError("--mixed_precision", "give a number or auto");
  return {.most = std::stoi(word), .least_gain_db = 0};
}

}  // namespace

void add_calibration(CLI::App& command, pipeline::CalibrationOptions& options) {
  const Group group(command, "Quantisation");
  using quantize::Observer;
  using Choice = std::optional<Observer>;
  command
      .add_option("--calibration", options.images,
                  "folder of images for int8 ranges (default: training pictures of the "
                  "configuration's data set if it is a folder, else the project's photographs)")
      ->type_name("FOLDER");
  static const std::map<std::string, Choice> kObservers = {{"minmax", Observer::minmax},
                                                           {"percentile", Observer::percentile},
                                                           {"mse", Observer::mse},
                                                           {"entropy", Observer::entropy},
                                                           {"best", std::nullopt}};
  command
      .add_option_function<std::string>(
          "--observer",
          [&options](const std::string& word) { options.observer = kObservers.at(word); },
          "how int8 ranges are chosen; best: what is best on images that calibration has not seen")
      ->check(one_of(names_of(kObservers)))
      ->default_str("minmax");
  command.add_option("--percentile", options.percentile, "of --observer percentile, at either end")
      ->check(CLI::Range(50.0001, 100.0))
      ->capture_default_str();
  command.add_flag("--bias_correction", options.bias_correction,
                   "take what rounding weights does to means out of the biases");
  command.add_flag("--equalise", options.equalise,
                   "scale channels between convolutions where that is exact");
  command
      .add_option_function<std::string>(
          "--mixed_precision",
          [&options](const std::string& word) { options.mixed = mixed_precision(word); },
          "keep so many blocks float, those that cost most fidelity; auto: while it pays")
      ->type_name("N|auto")
      ->default_str("0");
  command
      .add_option("--float_blocks", options.float_blocks,
                  "blocks to keep float, such as s7_cpu_b3,head_cpu")
      ->type_name("NAME,...")
      ->delimiter(',');
}

void Preparation::check() const {
  const auto beyond = [](float value) { return std::abs(value) > 1; };
  if (std::none_of(mean.begin(), mean.end(), beyond) &&
      std::none_of(std.begin(), std.end(), beyond))
    return;
  std::string meant;
  for (const auto& [flag, values] : {std::pair{"--mean", &mean}, std::pair{"--std", &std}}) {
    if (values->empty()) continue;
    std::vector<std::string> numbers;
    for (const float value : *values) numbers.push_back(fmt::format("{:.4g}", value / 255));
    meant += fmt::format("{}{} {}", meant.empty() ? "" : " ", flag, fmt::join(numbers, ","));
  }
  throw UsageError({.what = "--mean and --std are of pixels in 0..1, these look like 0..255",
                    .fix = "give " + meant});
}

void Preparation::apply(ir::Model& model, formats::Beside& beside) const {
  image::Preprocess& how = model.preprocess;
  if (!mean.empty() || !std.empty()) beside.preprocess_assumed = false;
  if (!mean.empty()) std::copy_n(mean.begin(), how.mean.size(), how.mean.begin());
  if (!std.empty()) std::copy_n(std.begin(), how.std.size(), how.std.begin());
  if (colour) how.colour = *colour;
  if (resize) how.resize = *resize;
}

void Source::check() const {
  if (cfg.empty() == model.empty())
    throw UsageError({.what = "give either --cfg FILE or --model FILE", .where = {}, .fix = {}});
  if (cfg.empty() && (!overrides.empty() || !network.weights.empty() || network.im_size))
    throw UsageError({.what = "a --model has its weights and size already",
                      .where = {},
                      .fix = "KEY VALUE pairs, --weights and --im_size go with --cfg"});
  if (model.empty() && preparation.given())
    throw UsageError({.what = "a configuration says how its images are prepared",
                      .where = {},
                      .fix = "--mean, --std, --colour and --resize go with --model"});
  preparation.check();
}

ir::Model Source::trained(formats::Beside* beside) const {
  check();
  if (model.empty()) return pipeline::float_model(config(), network);
  formats::Beside told;
  ir::Model read = pipeline::read_network(model, &told);
  preparation.apply(read, told);
  if (beside) *beside = std::move(told);
  for (const auto& note : read.notes) log::info("note: {}", note);
  return read;
}

ir::Model Source::load(bool int8, const plan::Surroundings& here, formats::Beside* beside) const {
  const ir::Model whole = trained(beside);
  if (!model.empty()) return whole;
  if (!int8) return quantize::prepare(whole);
  return pipeline::quantise(whole, calibrated_on(), here).int8;
}

namespace {

void add_preparation(CLI::App& command, Preparation& options) {
  const Group group(command, "Pictures, of a --model");
  static const std::map<std::string, image::Colour> kOrders = {{"rgb", image::Colour::rgb},
                                                               {"bgr", image::Colour::bgr}};
  command.add_option("--mean", options.mean, "mean of red, green and blue pixels in 0..1")
      ->type_name("X,X,X")
      ->expected(3)
      ->delimiter(',');
  command.add_option("--std", options.std, "their standard deviation, in 0..1 too")
      ->type_name("X,X,X")
      ->expected(3)
      ->delimiter(',')
      ->check(CLI::PositiveNumber);
  command
      .add_option_function<std::string>(
          "--colour", [&options](const std::string& word) { options.colour = kOrders.at(word); },
          "order of channels")
      ->check(one_of({"rgb", "bgr"}));
  command.add_option("--resize", options.resize, "short side before the crop")
      ->check(CLI::Range(1, 16384));
}

}  // namespace

void add_source(CLI::App& command, Source& source) {
  const Group group(command, "Network");
  command.add_option("--cfg", source.cfg, "configuration (YAML)")->type_name("FILE");
  command.add_option("--model", source.model, "model file (.tflite or .onnx)")->type_name("FILE");
  add_overrides(command, source.overrides);
  add_network(command, source.network);
  add_preparation(command, source.preparation);
  add_calibration(command, source.calibration);
}

CLI::Option* add_output(CLI::App& command, const std::string& name, std::filesystem::path& target,
                        const std::string& help) {
  return command.add_option(name, target, help)
      ->type_name("FILE")
      ->each([](const std::string& file) {
        if (file != "-") check_writable(file);
      });
}

CLI::Option* add_output_folder(CLI::App& command, const std::string& name,
                               std::filesystem::path& target, const std::string& help) {
  return command.add_option(name, target, help)
      ->type_name("FOLDER")
      ->each([](const std::string& folder) {
        check_writable(std::filesystem::path(folder) / "any file");
      });
}

CLI::Option* add_json(CLI::App& command, std::filesystem::path& target, const std::string& name) {
  return add_output(command, name, target, "the result as JSON to a file, or - for stdout");
}

CLI::Option* add_outputs(CLI::App& command, report::Outputs& outputs) {
  const Group group(command, "Output");
  command.add_option("--format", outputs.format, "how standard output looks; md is Markdown")
      ->check(one_of(report::page_formats()))
      ->capture_default_str();
  return add_json(command, outputs.json);
}

}  // namespace nnstretch::cli

// nnstretch run: from a folder of configurations to result.csv.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include "base/cpu.h"
#include "base/error.h"
#include "base/files.h"
#include "base/interrupt.h"
#include "base/json.h"
#include "base/log.h"
#include "base/names.h"
#include "base/process.h"
#include "cli/commands.h"
#include "cli/device.h"
#include "cli/help.h"
#include "cli/mistakes.h"
#include "cli/options.h"
#include "cli/run_each.h"
#include "cli/training.h"
#include "pipeline/run.h"
#include "pipeline/run_one.h"
#include "remote/benchmark_job.h"
#include "remote/child.h"
#include "remote/device_bench.h"
#include "remote/steps.h"
#include "report/run_page.h"
#include "report/show.h"

namespace nnstretch::cli {
namespace {

struct Options {
  pipeline::RunOptions run;
  std::vector<std::string> words;  // of this command: the program, `run`, and what it was given
  // What this process does of another `run`; without `cfg` it is one itself.
  pipeline::OneRun one;
  std::filesystem::path bundle;  // which the other machine has
  size_t only = 0;               // of several machines this process has that one, from 1 on; 0: all
  std::filesystem::path workdir = ".", csv, host_tmp_dir;
  std::filesystem::path with_accuracy;  // a data set
  std::string format = "text";          // of the table of all rows
  std::filesystem::path tool;           // that times in place of this program; empty: none
  Elsewhere elsewhere;
};

// Each configuration in a process of its own, and in another what is timed of it.
report::Record one_in_child(const pipeline::OneRun& one, const Options& options,
                            const OnStep& say) {
  const std::string where = "the record of " + one.cfg.string();
  std::vector<plan::Option> flags = {{"one", one.cfg}, {"one_model", one.model}};
  if (!options.bundle.empty()) flags.push_back({"one_bundle", options.bundle});
  const std::string json = remote::output_of_child(
      {.words = with_flags_of_run(options.words, plan::words_of(flags)), .program = this_program()},
      one.cfg.string(), say);
  return report::record_from_json(parse_json<Json>(json, where), where);
}

// The machine that is meant; nothing: this one.
std::optional<remote::Target> target_of(const Options& options) {
  const auto all = options.elsewhere.targets();
  if (all.empty()) return {};
  if (options.only > all.size())
    throw UsageError({.what = fmt::format("{} machines are named", all.size()), .where = "--only"});
  return options.only ? all[options.only - 1] : options.elsewhere.target();
}

measure::Timed time_by_tool(const Options& options, remote::BenchJob job,
                            const std::optional<remote::Target>& target,
                            const plan::Surroundings& here, const OnStep& say) {
  auto tool = remote::read_benchmark_program(options.tool);
  tool.powersave_level = config::load(options.one.cfg, options.run.overrides).test.powersave_level;
  if (!target) return remote::bench_by(tool, job, here, say);
  remote::Device device(remote::reach(*target), *target);
  return remote::bench_by_on(device, tool, job, say);
}

void run_one(Options& options, const plan::Surroundings& here) {
  options.run.timed = [&](const remote::BenchJob& job, const OnStep& say) {
    std::optional<remote::Target> target = target_of(options);
    if (target) target->held = true;  // by the process that started this one
    if (!options.tool.empty()) return time_by_tool(options, job, target, here, say);
    if (!target) return remote::bench_in_child(job, this_program(), say);
    target->device_bundle = options.bundle;
    remote::Device device = device_with_program(*target, say);
    return remote::bench_on(device, job, say);
  };
  const auto record = pipeline::run_one(options.one, options.run, here, remote::tell_step);
  report::write_out(json_text(report::to_json(record)));
}

// What `nnstretch test` says of a file, on the machine that it was timed on.
report::Score accuracy(const std::filesystem::path& cfg, const std::filesystem::path& model,
                       const std::filesystem::path& data, const pipeline::RunOptions& options) {
  const auto result = std::filesystem::path(model).replace_extension(".accuracy.json");
  std::vector<plan::Option> flags = {
      {"cfg", cfg}, {"model", model}, {"data", data}, {"json", result}};
  for (plan::Option& flag : plan::options_of(options.bench.placing))
    flags.push_back(std::move(flag));
  std::vector<std::string> words = {"test"};
  words.insert(words.end(), options.overrides.begin(), options.overrides.end());
  for (std::string& word : plan::words_of(flags)) words.push_back(std::move(word));
  run_training_program(words);
  return report::scores_from_json(parse_json<Json>(read_text(result), result), result).at(0);
}

const std::string& machine_name(const remote::Target& target) {
  return target.ssh.empty() ? target.serial : target.ssh;
}

// What tells one machine from another, and what runs there.
std::map<std::string, std::string> inputs_of(const measure::DeviceFacts& device) {
  return {{"device", measure::said_of(device)},
          {"system", device.system},
          {"kernel", device.kernel},
          {"bundle", device.bundle + (device.root ? ", as root" : "")}};
}

// The other machine, if one is meant, with what times on it; nobody else uses it meanwhile.
std::optional<remote::Device> device_of(Options& options) {
  const std::optional<remote::Target> target = target_of(options);
  if (!target) return {};
  std::optional<remote::Device> device;
  if (options.tool.empty()) {
    device = device_with_program(*target);
    options.bundle = device->bundle_folder();
    remote::check_placing(*device, options.run.bench.placing);
  } else {
    device.emplace(remote::reach(*target), *target);
  }
  options.run.elsewhere = inputs_of(device->facts());
  return device;
}

void take_tool(Options& options) {
  if (options.tool.empty()) return;
  options.run.elsewhere["benchmark_model"] =
      remote::read_benchmark_program(options.tool).pushed.name;
  options.run.elsewhere.try_emplace("cpu", cpu_model());
}

// Each of several machines has a folder of its own in those that were given.
void place_files(Options& options, const std::vector<remote::Target>& machines) {
  const auto data = options.workdir / "data";
  auto& csv = options.run.output_csv = options.csv.empty() ? data / "result.csv" : options.csv;
  auto& models = options.run.model_folder =
      options.host_tmp_dir.empty() ? data : options.host_tmp_dir;
  if (machines.size() < 2) return;
  const std::string own = file_name_for(machine_name(machines.at(options.only - 1)));
  csv = csv.parent_path() / own / csv.filename();
  models /= own;
  if (auto& traces = options.run.trace_folder; !traces.empty()) traces /= own;
}

void run(Options& options, const plan::Surroundings& here) {
  const auto machines = options.elsewhere.targets();
  if (!machines.empty() && !options.with_accuracy.empty())
    throw UsageError({.what = "accuracy is not measured on another machine",
                      .where = "--with_accuracy",
                      .fix = "leave it out, or `nnstretch test` the files here"});
  if (!options.tool.empty()) {
    if (!options.with_accuracy.empty())
      throw UsageError(
          {.what = "what benchmark_model computes is not told, so accuracy is not measured",
           .where = "--with_accuracy",
           .fix = "leave it out, or `nnstretch test` the files"});
    remote::check_tool_takes(options.run.bench, options.run.trace_folder);
    (void)remote::read_benchmark_program(options.tool);
  }
  if (machines.size() > 1 && !options.only) {
    std::vector<std::string> names;
    for (const remote::Target& machine : machines) names.push_back(machine_name(machine));
    if (const int code = run_each(options.words, names)) throw CLI::RuntimeError(code);
    return;
  }
  std::optional<remote::Device> device = device_of(options);
  take_tool(options);
  place_files(options, machines);
  if (!options.with_accuracy.empty()) {
    training_program("test");
    options.run.accuracy_of_what = std::filesystem::absolute(options.with_accuracy);
    options.run.accuracy = [&options](const auto& cfg, const auto& model) {
      return accuracy(cfg, model, options.with_accuracy, options.run);
    };
  }
  options.run.one = [&options](const auto& one, const auto& say) {
    return one_in_child(one, options, say);
  };
  const std::string where = options.run.output_csv.string();
  const auto summary = [&] {
    const OnInterrupt say(
        fmt::format("{} has what is done; the same command goes on with the rest", where));
    return pipeline::run(options.run, here);
  }();
  if (options.elsewhere.clean) device->clean();
  log::info("{} run, {} as they were, {} failed", summary.done, summary.skipped,
            summary.failures.size());
  if (summary.of_other_commits)
    log::info("{} of these rows are of other commits of this program; --force measures them again",
              summary.of_other_commits);
  std::vector<std::string> failed;
  for (const auto& failure : summary.failures) failed.push_back(failure.cfg);
  if (!failed.empty()) log::warn("failed, as is said above: {}", fmt::join(failed, ", "));
  if (!summary.records.empty())
    report::emit(report::report_of(summary.records), {.format = options.format});
  if (options.format == "csv")  // nothing but the table
    log::info("Results generated at {}", where);
  else
    report::show("Results generated at {}\n", where);
  if (!summary.failures.empty()) throw CLI::RuntimeError(1);
}

// What is written, and where.
void add_files(CLI::App& command, Options& options) {
  const Group group(command, "Output");
  command.add_option("--workdir", options.workdir, "results go to FOLDER/data")
      ->type_name("FOLDER")
      ->capture_default_str();
  command.add_option("--output_csv", options.csv, "the table (default: result.csv of the workdir)")
      ->type_name("FILE");
  command
      .add_option("--host_tmp_dir", options.host_tmp_dir,
                  "for model files (default: that of the workdir)")
      ->type_name("FOLDER");
  add_output_folder(command, "--trace", options.run.trace_folder,
                    "for a trace of each configuration");
  command
      .add_option("--format", options.format, "how the table of all rows looks; csv: nothing else")
      ->check(one_of(report::page_formats()))
      ->capture_default_str();
  command.add_flag("--force", options.run.force, "run again what is done already");
}

}  // namespace

void add_run(CLI::App& app, const plan::Surroundings& here, std::vector<std::string> words) {
  auto options = std::make_shared<Options>();
  options->words = std::move(words);
  pipeline::RunOptions& run_options = options->run;
  CLI::App* command = app.add_subcommand("run", "Configurations to latency and energy, resumably");
  add_configs(*command, run_options.configs, run_options.overrides);
  add_network(*command, run_options.network);
  command->add_flag("--use_real_weights", run_options.real_weights_only,
                    "made-up weights are an error: TEST.WEIGHTS or --weights must name some");
  add_calibration(*command, run_options.calibration);
  command->add_option("--input_image", run_options.input_image, "image to time with")
      ->type_name("FILE");
  add_placing(*command, run_options.bench.placing);
  add_timing(*command, run_options.bench);
  command
      ->add_option("--with_accuracy", options->with_accuracy,
                   "data set: how often the file that was timed is right on it")
      ->type_name("FOLDER|FILE")
      ->check(CLI::ExistingPath);
  add_files(*command, *options);
  add_tool(*command, options->tool);
  add_elsewhere(*command, options->elsewhere);
  for (const auto& [name, value] :
       {std::pair("--one", &options->one.cfg), std::pair("--one_model", &options->one.model),
        std::pair("--one_bundle", &options->bundle)})
    command->add_option(name, *value)->group("");
  command->add_option("--only", options->only)->group("");
  command->footer(
      "Example:\n  nnstretch run --configs configs/mi\n"
      "  nnstretch run --configs configs/mi/R-34-CD.yaml --im_size 224 --trace traces\n"
      "  nnstretch run --configs configs/mi/R-34-CD.yaml MODEL.NUM_CLASSES 10\n"
      "  nnstretch run --configs configs/mi --format md\n"
      "  nnstretch run --configs configs/mi --adb\n"
      "  nnstretch run --configs configs/mi --adb --benchmark_model bin/benchmark_model\n"
      "  nnstretch run --configs configs/mi --serial A --serial B");
  command->callback([options, &here] {
    options->one.cfg.empty() ? run(*options, here) : run_one(*options, here);
  });
}

}  // namespace nnstretch::cli

// nnstretch run: from a folder of configurations to result.csv.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "base/process.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/training.h"
#include "pipeline/run.h"
#include "pipeline/run_one.h"
#include "remote/child.h"
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
  std::filesystem::path workdir = ".", csv, host_tmp_dir;
  std::filesystem::path with_accuracy;  // a data set
  std::string format;                   // of a table of all rows; empty: none
  // Of a phone, as the original takes them.
  std::string adb_host = "127.0.0.1", serial, device_tmp_dir = "/data/local/tmp";
  bool no_root = false;
};

// The words that do one configuration of this command. What was given follows them, for it may end
// in KEY VALUE.
std::vector<std::string> words_of_one(std::vector<std::string> words, const pipeline::OneRun& one) {
  const auto flags = plan::words_of({{"one", one.cfg}, {"one_model", one.model}});
  words.insert(std::next(std::find(words.begin() + 1, words.end(), "run")), flags.begin(),
               flags.end());
  return words;
}

// Each configuration in a process of its own, and in another what is timed of it.
report::Record one_in_child(const pipeline::OneRun& one, const std::vector<std::string>& words,
                            const OnStep& say) {
  const std::string where = "the record of " + one.cfg.string();
  const std::string json = remote::output_of_child(
      {.words = words_of_one(words, one), .program = this_program()}, one.cfg.string(), say);
  return report::record_from_json(parse_json<Json>(json, where), where);
}

void run_one(Options& options, const plan::Surroundings& here) {
  options.run.timed = [program = this_program()](const auto& job, const auto& say) {
    return remote::bench_in_child(job, program, say);
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

void run(Options& options, const plan::Surroundings& here) {
  if (!options.serial.empty())
    throw EngineError({.what = "this version cannot run on a phone yet",
                       .where = "--serial " + options.serial,
                       .fix = "leave --serial out to run on this machine"});
  const auto data = options.workdir / "data";
  options.run.output_csv = options.csv.empty() ? data / "result.csv" : options.csv;
  options.run.model_folder = options.host_tmp_dir.empty() ? data : options.host_tmp_dir;
  if (!options.with_accuracy.empty()) {
    training_program("test");
    options.run.accuracy_of_what = std::filesystem::absolute(options.with_accuracy);
    options.run.accuracy = [&options](const auto& cfg, const auto& model) {
      return accuracy(cfg, model, options.with_accuracy, options.run);
    };
  }
  options.run.one = [&options](const auto& one, const auto& say) {
    return one_in_child(one, options.words, say);
  };
  const auto summary = pipeline::run(options.run, here);
  log::info("{} run, {} as they were, {} failed", summary.done, summary.skipped,
            summary.failures.size());
  if (summary.of_other_commits)
    log::info("{} of these rows are of other commits of this program; --force measures them again",
              summary.of_other_commits);
  for (const auto& failure : summary.failures)
    log::warn("{} failed: {}", failure.cfg, failure.message);
  if (!options.format.empty())
    report::emit(report::report_of(summary.records), {.format = options.format});
  const std::string where = options.run.output_csv.string();
  if (options.format == "csv")  // nothing but the table
    log::info("Results generated at {}", where);
  else
    report::show("Results generated at {}\n", where);
  if (!summary.failures.empty()) throw CLI::RuntimeError(1);
}

}  // namespace

void add_run(CLI::App& app, const plan::Surroundings& here, std::vector<std::string> words) {
  auto options = std::make_shared<Options>();
  options->words = std::move(words);
  pipeline::RunOptions& run_options = options->run;
  CLI::App* command = app.add_subcommand("run", "Configurations to latency and energy, resumably");
  add_configs(*command, run_options.configs, run_options.overrides);
  command->add_option("--workdir", options->workdir, "results go to WORKDIR/data")
      ->capture_default_str();
  command->add_option("--output_csv", options->csv, "(default: WORKDIR/data/result.csv)");
  command->add_option("--host_tmp_dir", options->host_tmp_dir,
                      "for model files (default: WORKDIR/data)");
  add_network(*command, run_options.network);
  command->add_flag("--use_real_weights", run_options.real_weights_only,
                    "made-up weights are an error: TEST.WEIGHTS or --weights must name some");
  add_calibration(*command, run_options.calibration);
  command->add_option("--input_image", run_options.input_image, "image to time with");
  add_placing(*command, run_options.bench.placing);
  add_timing(*command, run_options.bench);
  add_output_folder(*command, "--trace", run_options.trace_folder,
                    "folder for a trace of each configuration");
  command
      ->add_option("--with_accuracy", options->with_accuracy,
                   "data set: how often the file that was timed is right on it")
      ->check(CLI::ExistingPath);
  command->add_option("--format", options->format, "also a table of all rows: text, md or csv")
      ->check(CLI::IsMember(report::page_formats()));
  command->add_flag("--force", run_options.force, "run again what is done already");
  CLI::Option* serial =
      command->add_option("--serial", options->serial, "phone, as `adb devices` names it");
  command->add_option("--adb_host", options->adb_host, "where the adb server is")
      ->capture_default_str()
      ->needs(serial);
  command->add_option("--device_tmp_dir", options->device_tmp_dir, "on the phone")
      ->capture_default_str()
      ->needs(serial);
  command->add_flag("--no_root", options->no_root, "the phone gives no root")->needs(serial);
  for (const auto& [name, value] :
       {std::pair("--one", &options->one.cfg), std::pair("--one_model", &options->one.model)})
    command->add_option(name, *value)->group("");
  command->footer(
      "Example:\n  nnstretch run --configs configs/mi\n"
      "  nnstretch run --configs configs/mi/R-34-CD.yaml --im_size 224 --trace traces\n"
      "  nnstretch run --configs configs/mi/R-34-CD.yaml MODEL.NUM_CLASSES 10\n"
      "  nnstretch run --configs configs/mi --format md");
  command->callback([options, &here] {
    options->one.cfg.empty() ? run(*options, here) : run_one(*options, here);
  });
}

}  // namespace nnstretch::cli

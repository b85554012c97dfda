#include "pipeline/run.h"

#include <fmt/format.h>

#include <optional>

#include "base/error.h"
#include "base/hash.h"
#include "base/log.h"
#include "measure/quiet.h"
#include "pipeline/config_files.h"
#include "pipeline/result_table.h"
#include "pipeline/row_inputs.h"
#include "pipeline/run_checks.h"
#include "pipeline/run_one.h"
#include "report/doubts.h"
#include "report/result_page.h"
#include "version.h"

namespace nnstretch::pipeline {
namespace {

namespace fs = std::filesystem;

class Job {
 public:
  Job(const fs::path& cfg, const RunOptions& options, const plan::Surroundings& here, OnStep say)
      : cfg_(cfg), options_(options), say_(std::move(say)) {
    const auto config = config::load(cfg, options.overrides);
    require_real_weights(config, options);
    made_up_ = options.network.weights.empty() && config.test.weights.empty();
    inputs_ = inputs_of(cfg, config, options, here);
  }
  const NamedInputs& inputs() const { return inputs_.row; }

  // Has the configuration measured, and puts its row.
  std::string run(ResultTable& table) {
    const fs::path file = model_file(table);
    if (fs::is_regular_file(file) &&
        model_digest(file) != table.digest_of(file.filename().string()))
      fs::remove(file);  // not as it was made
    report::Record record = measured(file, table);
    std::string line = report::one_line(record.result);
    if (options_.accuracy) {
      say_("testing");
      record.accuracy = options_.accuracy(cfg_, file);
      check_same_plan(record.result.remarks.plan_hash,
                      record.accuracy->remarks ? record.accuracy->remarks->plan_hash : "");
      if (made_up_) record.accuracy->weights = "made-up";
      line += report::top1(*record.accuracy);
    }
    const double us = record.result.latency.min, uj = record.result.energy.uj_per_inference;
    doubts_ = report::doubt_line(record.result.doubts);
    Json json = report::to_json(record);
    json["made_from"] = inputs_.row.named;
    table.put(cfg_, inputs_.row.key(), us, uj, std::move(json));
    return line;
  }
  // Of what was measured, in one line; empty if it is reliable.
  const std::string& doubts() const { return doubts_; }

 private:
  // Once the file is made it stays, also if what follows fails.
  report::Record measured(const fs::path& file, ResultTable& table) {
    const auto note = [&] {
      if (fs::is_regular_file(file))
        table.note_digest(file.filename().string(), model_digest(file));
    };
    try {
      report::Record record = options_.one({.cfg = cfg_, .model = file}, say_);
      note();
      return record;
    } catch (...) {
      note();
      throw;
    }
  }
  // Files of two configurations differ, though both are called net.yaml. Names of files have 255
  // bytes at most.
  fs::path model_file(const ResultTable& table) const {
    const std::string own = Hash().add(inputs_.model.key()).add(table.name_of(cfg_)).hex();
    return options_.model_folder /
           fmt::format("{}-{}.tflite", cfg_.stem().string().substr(0, 150), own.substr(0, 8));
  }
  // Equal hashes are equal bytes: otherwise the accuracy is not that of what was timed.
  void check_same_plan(const std::string& timed, const std::string& tested) const {
    if (timed == tested) return;
    throw EngineError({.what = fmt::format("plan {} was timed, but plan {} tested", timed, tested),
                       .where = cfg_.string(),
                       .fix = "name one `engine`: auto chose anew and otherwise"});
  }

  fs::path cfg_;
  const RunOptions& options_;
  OnStep say_;
  RowInputs inputs_;
  std::string doubts_;
  bool made_up_ = false;  // weights that nobody trained
};

// A record as a value; nothing if this version cannot read it: it is made again then.
std::optional<report::Record> record_of(const Json& json) try {
  return report::record_from_json(json, "");
} catch (const FormatError&) {
  return {};
}

std::string why_again(const Json& before, bool readable, const NamedInputs& inputs) {
  if (before.is_null()) return {};
  if (!readable) return "its record is not one that this version reads";
  std::map<std::string, std::string> made_from;
  Json named = before.value("made_from", Json::object());
  if (!named.is_object()) named = Json::object();
  for (const auto& [name, value] : named.items())
    if (value.is_string()) made_from[name] = value.get<std::string>();
  return inputs.difference_to(made_from);
}

}  // namespace

RunSummary run(const RunOptions& options, const plan::Surroundings& here) {
  const auto files = config_files(options.configs);
  check_arguments(options, files, here);
  make_folders(options);
  ResultTable table(options.output_csv, [&](const std::string& holder) {
    log::info("{} is in use: waiting for {}", options.output_csv.string(), holder);
  });
  RunSummary summary;
  Progress progress("run", files.size());
  for (const fs::path& cfg : files) {
    const std::string name = cfg.stem().string();
    progress.step(name);
    const auto fail = [&](const std::string& message) {
      table.retire(cfg, message);
      progress.warn(fmt::format("{} failed: {}", cfg.string(), message));
      summary.failures.push_back({cfg.string(), message});
    };
    try {
      Job job(cfg, options, here, [&](const std::string& what) {
        const std::string line = fmt::format("{}: {}", name, what);
        what.starts_with(measure::kWaiting) ? progress.print(line) : progress.say(line);
      });
      const Json before = table.record(cfg);
      const auto known = record_of(before);
      if (!options.force && known && table.has(cfg, job.inputs().key())) {
        summary.of_other_commits += known->result.context.commit != NNSTRETCH_COMMIT;
        ++summary.skipped;
        continue;
      }
      if (const auto why = why_again(before, known.has_value(), job.inputs()); !why.empty())
        log::info("{} is run again, {}", name, why);
      const std::string line = job.run(table);
      progress.print(fmt::format("{:<24} {}", cfg.string(), line));
      if (!job.doubts().empty()) progress.print(fmt::format("{:<24} {}", "", job.doubts()));
      ++summary.done;
    } catch (const Error& error) {
      fail(error.what());
    } catch (const std::bad_alloc&) {
      fail("out of memory");
    } catch (const std::exception& error) {  // of a library
      fail(error.what());
    }
  }
  for (const auto& [name, json] : table.records())
    if (auto record = record_of(json))
      summary.records[name] = std::move(*record);
    else
      log::info("note: the record of {} is not one that this version reads", name);
  return summary;
}

}  // namespace nnstretch::pipeline

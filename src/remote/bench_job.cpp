#include "remote/bench_job.h"

#include <fmt/format.h>

#include <system_error>

#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/npy.h"
#include "base/process.h"
#include "base/tell_once.h"
#include "remote/rows.h"
#include "remote/steps.h"
#include "report/result_json.h"

namespace nnstretch::remote {
namespace {

namespace fs = std::filesystem;

// Gone when the job is over, however it ends.
struct Scratch {
  explicit Scratch(const fs::path& model) {
    fs::path stem = model;
    stem.replace_extension();
    files = {stem.string() + ".inputs.npy", stem.string() + ".logits.npy"};
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove(files.inputs, ignored);
    fs::remove(files.logits, ignored);
  }
  JobFiles files;
};

// What the other says, line by line, and what it said last.
class Listener {
 public:
  explicit Listener(const std::function<void(const std::string&)>& on_step) : on_step_(on_step) {}

  void hear(std::string_view line) {
    constexpr std::string_view kWarning = "warning: ", kError = "nnstretch: ";
    if (auto step = step_in(line)) {
      step_ = *std::move(step);
      if (on_step_) on_step_(step_);
    } else if (line.starts_with(kError)) {
      error_ = line.substr(kError.size());
    } else if (line.starts_with(kWarning)) {
      log::warn("{}", line.substr(kWarning.size()));
    } else if (!line.empty()) {
      tell_once(std::string(line));  // the same of every network
    }
  }

  [[noreturn]] void explain(const Ended& ended, const fs::path& model) const {
    if (ended.signal)
      throw EngineError({.what = died_in(step_, ended.signal),
                         .where = model.string(),
                         .fix = "name another `engine`, or leave the processor out (`without`)"});
    if (!error_.empty()) throw EngineError({.what = error_});
    throw EngineError({.what = "timing it " + ended.said(), .where = model.string()});
  }

 private:
  const std::function<void(const std::string&)>& on_step_;
  std::string step_, error_;
};

}  // namespace

std::vector<std::string> words_of(const BenchJob& job, const JobFiles& files) {
  const measure::BenchOptions& bench = job.options;
  std::vector<plan::Option> options = {{"model", job.model}, {"json", "-"}};
  for (plan::Option& option : plan::options_of(bench.placing)) options.push_back(std::move(option));
  options.push_back({"num_runs", std::to_string(bench.num_runs)});
  options.push_back({"warmup_runs", std::to_string(bench.warmup_runs)});
  if (bench.sequential) options.push_back({"sequential", ""});
  if (bench.latency_only) options.push_back({"latency_only", ""});
  if (bench.operators) options.push_back({"operators", ""});
  if (bench.requests > 0) options.push_back({"requests", std::to_string(bench.requests)});
  if (!bench.inputs.empty()) {
    options.push_back({"inputs", files.inputs});
    options.push_back({"logits", files.logits});
  }
  if (!job.trace.empty()) options.push_back({"trace", job.trace});
  options.push_back({"tell_steps", ""});
  std::vector<std::string> words = {"bench"};
  for (const auto& [name, value] : options) {
    words.push_back("--" + name);
    if (!value.empty()) words.push_back(value);
  }
  return words;
}

measure::Timed bench_in_child(const BenchJob& job, const fs::path& program,
                              const std::function<void(const std::string&)>& on_step) {
  const Scratch scratch(job.model);
  const auto& inputs = job.options.inputs;
  if (!inputs.empty()) write_npy(scratch.files.inputs, stacked(inputs, job.input));
  Listener listener(on_step);
  std::string json;
  Command command{.words = words_of(job, scratch.files), .program = program};
  command.words.insert(command.words.begin(), "nnstretch");
  command.on_stdout = [&](std::string_view line) { json.append(line) += '\n'; };
  command.on_stderr = [&](std::string_view line) { listener.hear(line); };
  if (const Ended ended = Process(std::move(command)).wait(); !ended.well())
    listener.explain(ended, job.model);
  const std::string where = "the result of timing " + job.model.string();
  measure::Timed timed{.result = report::result_from_json(parse_json<Json>(json, where), where),
                       .answers = {}};
  if (!inputs.empty())
    timed.answers = rows_of(read_npy(scratch.files.logits), job.output, scratch.files.logits);
  return timed;
}

}  // namespace nnstretch::remote

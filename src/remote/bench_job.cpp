#include "remote/bench_job.h"

#include <fmt/format.h>

#include <csignal>

#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/npy.h"
#include "base/process.h"
#include "base/scratch_folder.h"
#include "base/tell_once.h"
#include "remote/rows.h"
#include "remote/steps.h"
#include "report/result_json.h"

namespace nnstretch::remote {
namespace {

namespace fs = std::filesystem;

// SIGKILL is how the system ends who takes its last memory.
std::string_view remedy(int signal) {
  if (signal == SIGTERM || signal == SIGINT || signal == SIGHUP)
    return "it was ended from outside: run it again";
  if (signal == SIGKILL)
    return "it was ended from outside: run it again; if memory ran out, with smaller pictures "
           "(TRAIN.IM_SIZE)";
  return "name another `engine`, or leave the processor out (`without`)";
}

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
                         .fix = std::string(remedy(ended.signal))});
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
  std::vector<std::string> words = plan::words_of(options);
  words.insert(words.begin(), "bench");
  return words;
}

measure::Timed bench_in_child(const BenchJob& job, const fs::path& program,
                              const std::function<void(const std::string&)>& on_step) {
  const ScratchFolder scratch;
  const fs::path logits = scratch / "logits.npy";
  const auto& inputs = job.options.inputs;
  Listener listener(on_step);
  std::string json;
  // No limit: how long a network takes, and an engine to compile it, nobody knows; who waits sees
  // the step, and can end it.
  Command command{.words = words_of(job, {"/dev/stdin", logits}), .program = program};
  command.words.insert(command.words.begin(), "nnstretch");
  if (!inputs.empty()) command.input = npy_text(stacked(inputs, job.input), job.model);
  command.on_stdout = [&](std::string_view line) { json.append(line) += '\n'; };
  command.on_stderr = [&](std::string_view line) { listener.hear(line); };
  if (const Ended ended = Process(std::move(command)).wait(); !ended.well())
    listener.explain(ended, job.model);
  const std::string where = "the result of timing " + job.model.string();
  measure::Timed timed{.result = report::result_from_json(parse_json<Json>(json, where), where),
                       .answers = {}};
  if (inputs.empty()) return timed;
  timed.answers = rows_of(read_npy(logits), job.output, logits);
  if (timed.answers.size() != inputs.size())
    throw ShapeError(
        {.what = fmt::format("{} answers to {} inputs", timed.answers.size(), inputs.size()),
         .where = logits.string(),
         .fix = "the program that wrote them is another version: run it again"});
  return timed;
}

}  // namespace nnstretch::remote

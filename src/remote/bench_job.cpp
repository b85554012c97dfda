#include "remote/bench_job.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/json.h"
#include "base/npy.h"
#include "base/scratch_folder.h"
#include "measure/restarts.h"
#include "remote/child.h"
#include "remote/rows.h"
#include "report/result_json.h"

namespace nnstretch::remote {

namespace fs = std::filesystem;

std::vector<std::string> words_of(const BenchJob& job, const JobFiles& files) {
  const measure::BenchOptions& bench = job.options;
  std::vector<plan::Option> options = {{"model", job.model}, {"json", "-"}};
  for (plan::Option& option : plan::options_of(bench.placing)) options.push_back(std::move(option));
  options.push_back({"num_runs", std::to_string(bench.num_runs)});
  options.push_back({"warmup_runs", std::to_string(bench.warmup_runs)});
  if (bench.wait_quiet_s > 0) options.push_back({"wait_quiet", std::to_string(bench.wait_quiet_s)});
  if (bench.energy.source != measure::EnergyOptions().source)
    options.push_back({"energy", bench.energy.source});
  if (bench.energy.seconds != measure::EnergyOptions().seconds)
    options.push_back({"energy_seconds", fmt::format("{}", bench.energy.seconds)});
  if (bench.cool_down) options.push_back({"cool_down", measure::words_of(*bench.cool_down)});
  if (!bench.governor.empty()) options.push_back({"governor", bench.governor});
  if (bench.sustained_s > 0) options.push_back({"sustained", std::to_string(bench.sustained_s)});
  if (bench.sequential) options.push_back({"sequential", ""});
  if (!bench.best) options.push_back({"no_best", ""});
  if (bench.pick != measure::Pick::parts)
    options.push_back({"plan", std::string(name_of(bench.pick))});
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

measure::Timed bench_in_child(const BenchJob& job, const fs::path& program, const OnStep& on_step) {
  const ScratchFolder scratch;
  const fs::path logits = scratch / "logits.npy";
  const auto& inputs = job.options.inputs;
  Command command{.words = words_of(job, {"/dev/stdin", logits}), .program = program};
  command.words.insert(command.words.begin(), "nnstretch");
  if (!inputs.empty()) command.input = npy_text(stacked(inputs, job.input), job.model);
  const std::string json = output_of_child(std::move(command), job.model.string(), on_step);
  return timed_in(json, logits, job);
}

measure::Timed timed_in(const std::string& json, const fs::path& logits, const BenchJob& job) {
  const auto& inputs = job.options.inputs;
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

measure::Timed bench_restarted(const BenchJob& job, int restarts, const Bench& bench,
                               const OnStep& on_step) {
  if (!job.trace.empty())
    throw UsageError({.what = "a trace is of one process, and `restarts` times several",
                      .fix = "leave one of them out"});
  std::vector<measure::Timed> each;
  for (int i = 1; i <= restarts; ++i)
    each.push_back(bench(job, [&](const std::string& step) {
      if (on_step) on_step(fmt::format("restart {} of {}, {}", i, restarts, step));
    }));
  return measure::joined(std::move(each));
}

}  // namespace nnstretch::remote

#include "remote/benchmark_job.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "formats/model_file.h"
#include "measure/network_cost.h"
#include "plan/partition.h"
#include "remote/benchmark_model.h"
#include "remote/end_line.h"
#include "version.h"

namespace nnstretch::remote {
namespace {

namespace fs = std::filesystem;

constexpr const char* kName = "benchmark_model";
constexpr int kUsualThreads = 4;  // of published stretches

bool is_library(const fs::path& file) {
  const std::string name = file.filename();
  return name.starts_with("lib") && name.find(".so") != name.npos && fs::is_regular_file(file);
}

// `program` and `model` as they are called where it runs, the libraries in `folder` there.
BenchmarkModel tool_of(const BenchmarkProgram& tool, const BenchJob& job, const ir::Model& model,
                       const std::string& program, const std::string& file,
                       const std::string& folder) {
  const plan::Placing& placing = job.options.placing;
  return {.program = program,
          .model = file,
          .roles = plan::roles_of(model.graph),
          .num_runs = job.options.num_runs,
          .warmup_runs = job.options.warmup_runs,
          .num_threads = placing.num_threads > 0 ? placing.num_threads : kUsualThreads,
          .core_affinity = placing.core_affinity,
          .powersave_level = tool.powersave_level,
          .hexagon_lib_path = folder};
}

measure::Statistics statistics_of(const BenchmarkTime& time) {
  return {.min = time.min, .mean = time.mean, .std = time.std, .count = time.count};
}

measure::Timed timed_of(const BenchmarkTimes& times, const BenchmarkModel& called,
                        const BenchmarkProgram& tool, const ir::Model& model) {
  measure::Result result;
  result.network = measure::network_cost(model);
  result.latency = statistics_of(times.latency);
  result.tool = {.name = kName,
                 .content = tool.pushed.name.substr(tool.pushed.name.find('.') + 1),
                 .words = words_of(called),
                 .of_operators = times.of_operators,
                 .warmup = statistics_of(times.warmup),
                 .memory_mb = times.memory_mb};
  result.energy.reason = fmt::format("{} tells no power", kName);
  if (times.power_w)  // watts for microseconds are microjoules
    result.energy = {*times.power_w * times.latency.min, "its #Power (moving)", "", {}};
  return {.result = std::move(result), .answers = {}};
}

// Of that machine the tool tells nothing.
measure::Context context_of(const measure::DeviceFacts& device) {
  measure::Context context;
  context.version = NNSTRETCH_VERSION;
  context.commit = NNSTRETCH_COMMIT;
  context.cpu = device.soc.empty() ? device.architecture : device.soc;
  context.kernel = device.kernel;
  context.time = utc_now();
  return context;
}

}  // namespace

BenchmarkProgram read_benchmark_program(const fs::path& file) {
  std::error_code error;
  if (!fs::is_regular_file(file, error) || ::access(file.c_str(), X_OK) != 0)
    throw UsageError({.what = "it is no file that may be executed",
                      .where = "`benchmark_model` " + file.string(),
                      .fix = "name the program; `chmod +x` it if it is one"});
  const fs::path path = fs::absolute(file);
  std::map<std::string, fs::path> files = {{kName, path}};
  for (const auto& entry : fs::directory_iterator(path.parent_path()))
    if (is_library(entry.path())) files[entry.path().filename()] = entry.path();
  return {.file = path, .pushed = pushed("tool", std::move(files))};
}

void check_tool_takes(const measure::BenchOptions& bench, const fs::path& trace) {
  const plan::Placing& placing = bench.placing;
  const std::array<std::pair<bool, const char*>, 17> unknown = {
      {{!placing.machine.empty(), "machine"},
       {placing.engine != "auto", "engine"},
       {placing.arithmetic.has_value(), "arithmetic"},
       {!placing.without.empty(), "without"},
       {placing.strict, "strict"},
       {!placing.spread, "no_spread"},
       {bench.sequential, "sequential"},
       {bench.pick != measure::Pick::parts, "plan"},
       {bench.operators, "operators"},
       {bench.requests > 0, "requests"},
       {bench.wait_quiet_s > 0, "wait_quiet"},
       {bench.cool_down.has_value(), "cool_down"},
       {!bench.governor.empty(), "governor"},
       {bench.sustained_s > 0, "sustained"},
       {bench.energy.source != measure::EnergyOptions().source, "energy"},
       {bench.energy.seconds != measure::EnergyOptions().seconds, "energy_seconds"},
       {!trace.empty(), "trace"}}};
  for (const auto& [asked, name] : unknown)
    if (asked)
      throw UsageError({.what = "benchmark_model knows nothing of it",
                        .where = fmt::format("`{}`", name),
                        .fix = "leave it out, or `benchmark_model`"});
}

measure::Timed bench_by(const BenchmarkProgram& tool, const BenchJob& job,
                        const plan::Surroundings& here, const OnStep& on_step) {
  const ir::Model model = read_model(job.model);
  const std::string folder = tool.file.parent_path();
  const BenchmarkModel called =
      tool_of(tool, job, model, tool.file, fs::absolute(job.model), folder);
  if (on_step) on_step("timing by benchmark_model");
  const auto times = time_by(called, [&](std::vector<std::string> words, const auto& on_line) {
    words.insert(words.begin(), {"env", "LD_LIBRARY_PATH=" + folder});
    return Process({.words = std::move(words), .on_stdout = on_line, .on_stderr = on_line}).wait();
  });
  measure::Timed timed = timed_of(times, called, tool, model);
  timed.result.context = measure::context_of(here);
  timed.result.context.engines.clear();
  return timed;
}

measure::Timed bench_by_on(Device& device, const BenchmarkProgram& tool, const BenchJob& job,
                           const OnStep& on_step) {
  const ir::Model model = read_model(job.model);
  const std::string folder = device.bring_folder(tool.pushed, on_step);
  const std::string file = device.bring_model(job.model, on_step);
  const BenchmarkModel called = tool_of(tool, job, model, fmt::format("./{}", kName), file, folder);
  if (on_step) on_step("timing by benchmark_model");
  const auto times = time_by(called, [&](const auto& words, const auto& on_line) {
    std::string command =
        fmt::format("cd {} && export LD_LIBRARY_PATH=. && exec", shell_word(folder));
    for (const std::string& word : words) command += " " + shell_word(word);
    return device.run(command, on_line);
  });
  measure::Timed timed = timed_of(times, called, tool, model);
  timed.result.device = device.facts();
  timed.result.context = context_of(*timed.result.device);
  return timed;
}

}  // namespace nnstretch::remote

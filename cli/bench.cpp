// nnstretch bench: the latency of one network and where it goes.
#include <functional>
#include <memory>
#include <optional>

#include "base/log.h"
#include "base/npy.h"
#include "base/process.h"
#include "base/scratch_folder.h"
#include "cli/commands.h"
#include "cli/device.h"
#include "cli/options.h"
#include "measure/bench.h"
#include "measure/quiet.h"
#include "pipeline/network.h"
#include "remote/bench_job.h"
#include "remote/benchmark_job.h"
#include "remote/device_bench.h"
#include "remote/rows.h"
#include "remote/steps.h"
#include "report/doubts.h"
#include "report/result_page.h"

namespace nnstretch::cli {
namespace {

struct Options {
  Source source;
  measure::BenchOptions bench;
  std::optional<engines::Precision> precision;
  report::Outputs outputs;
  std::filesystem::path trace, inputs, logits;
  bool tell_steps = false;
  int restarts = 0;            // processes to time it in; 0: this one
  std::filesystem::path tool;  // that times in place of this program; empty: none
  Elsewhere elsewhere;
};

constexpr auto kInt8 = engines::Precision::int8;

const ir::TensorType& type_of(const ir::Graph& graph, const std::vector<ir::NodeId>& nodes) {
  return graph.node(nodes.at(0)).type;
}

std::vector<std::vector<std::byte>> inputs_of(const Options& options, const ir::Graph& graph) {
  if (options.inputs.empty()) return {};
  auto rows = remote::rows_of(read_npy(options.inputs), type_of(graph, graph.inputs()),
                              options.inputs.string());
  if (rows.empty())
    throw ShapeError({.what = "it holds no input",
                      .where = options.inputs.string(),
                      .fix = "give one row or more"});
  return rows;
}

measure::Timed timed_by_tool(const Options& options, const remote::BenchJob& job,
                             const plan::Surroundings& here, const OnStep& say) {
  const auto tool = remote::read_benchmark_program(options.tool);
  if (!options.elsewhere.given()) return remote::bench_by(tool, job, here, say);
  const remote::Target target = options.elsewhere.target();
  remote::Device device(remote::reach(target), target);
  measure::Timed timed = remote::bench_by_on(device, tool, job, say);
  if (options.elsewhere.clean) device.clean();
  return timed;
}

// The file that this process made of a configuration, quantised once, timed by others: here, one
// after another, by a tool, or on another machine.
measure::Timed timed_by_others(const Options& options, const ir::Model& model,
                               const plan::Surroundings& here, const OnStep& say) {
  const ScratchFolder scratch;
  remote::BenchJob job{.model = options.source.model,
                       .options = options.bench,
                       .input = type_of(model.graph, model.graph.inputs()),
                       .output = type_of(model.graph, model.graph.outputs())};
  if (job.model.empty()) {
    job.model = scratch / options.source.cfg.stem().concat(".tflite");
    pipeline::write_network(job.model, model);
  }
  job.trace = options.trace;
  if (!options.tool.empty()) return timed_by_tool(options, job, here, say);
  if (!options.elsewhere.given())
    return remote::bench_restarted(
        job, options.restarts,
        [](const auto& one, const auto& step) {
          return remote::bench_in_child(one, this_program(), step);
        },
        say);
  remote::Device device = device_with_program(options.elsewhere.target(), say);
  const auto there = [&](const auto& one, const auto& step) {
    return remote::bench_on(device, one, step);
  };
  measure::Timed timed = options.restarts > 0
                             ? remote::bench_restarted(job, options.restarts, there, say)
                             : there(job, say);
  if (options.elsewhere.clean) device.clean();
  return timed;
}

// Warnings of other processes were passed on as they came; whoever listens to the steps has the
// notes in the result.
void tell_remarks(const Options& options, const measure::Result& result) {
  const auto tell = [&](const measure::Remarks& remarks) {
    if (!options.tell_steps) measure::tell_notes(remarks);
    if (options.restarts == 0 && !result.device) measure::tell_fallbacks(remarks);
  };
  tell(result.remarks);
  if (result.throughput) tell(result.throughput->remarks);
}

void bench(Options& options, const plan::Surroundings& here) {
  std::optional<remote::Pulse> pulse;
  if (options.tell_steps) pulse.emplace();
  if (!options.tool.empty()) {
    remote::check_tool_takes(options.bench, options.trace);
    (void)remote::read_benchmark_program(options.tool);
  }
  const bool by_others = options.restarts > 0 || options.elsewhere.given() || !options.tool.empty();
  const ir::Model model = options.source.load(options.precision.value_or(kInt8) == kInt8, here);
  options.bench.placing = in_precision(options.bench.placing, options.precision);
  options.bench.keep_timelines = !options.trace.empty();
  options.bench.inputs = inputs_of(options, model.graph);
  std::optional<Progress> progress;
  if (!options.tell_steps) progress.emplace("bench", 1).step(options.source.name());
  const OnStep say = [&](const std::string& what) {
    if (!progress)
      remote::tell_step(what);
    else if (what.find(measure::kWaiting) != what.npos)
      progress->print(what);
    else
      progress->say(what);
  };
  auto [result, answers] = by_others ? timed_by_others(options, model, here, say)
                                     : measure::bench(model, options.bench, here, say);
  if (!options.logits.empty())
    write_npy(options.logits,
              remote::stacked(answers, type_of(model.graph, model.graph.outputs())));
  result.model = options.source.name();
  const report::Report report = report::report_of(result);
  if (!options.trace.empty() && !by_others) report::write_trace(report, options.trace);
  report::emit(report, options.outputs);
  tell_remarks(options, result);
  if (!options.tell_steps && !result.reliable) log::warn("{}", report::doubt_line(result.doubts));
}

}  // namespace

void add_bench(CLI::App& app, const plan::Surroundings& here) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("bench", "Latency of a network and where it goes");
  add_source(*command, options->source);
  add_placing(*command, options->bench.placing);
  add_precision(*command, options->precision);
  add_timing(*command, options->bench);
  add_pick(*command, options->bench.pick);
  command
      ->add_option("--requests", options->bench.requests,
                   "also requests a second, with so many in flight")
      ->check(CLI::Range(1, 1024));
  command->add_flag("--operators,--profile", options->bench.operators,
                    "also what each operator takes, by the engines' own counters");
  CLI::Option* trace =
      add_output(*command, "--trace", options->trace,
                 "Chrome/Perfetto trace to write; as FILE.svg a picture of the fastest run");
  CLI::Option* restarts =
      command
          ->add_option(
              "--restarts", options->restarts,
              "time it anew in so many processes, one after another, and keep the runs of each")
          ->check(CLI::Range(1, 1000))
          ->excludes(trace);
  command->add_flag("--latency_only", options->bench.latency_only,
                    "the network only: no baseline, no best plan, no split tax, no part alone");
  CLI::Option* inputs =
      command
          ->add_option("--inputs", options->inputs,
                       ".npy: inputs as the network stores them, (N,H,W,C); the first is timed")
          ->type_name("FILE");
  add_output(*command, "--logits", options->logits,
             ".npy to write: what the timed plan answers to each of --inputs, as it is stored")
      ->needs(inputs);
  command->add_flag("--tell_steps", options->tell_steps, "")->group("");  // remote/steps.h
  add_tool(*command, options->tool)->excludes(restarts)->excludes(inputs);
  add_elsewhere(*command, options->elsewhere);
  add_outputs(*command, options->outputs);
  command->footer(
      "Example:\n  nnstretch bench --cfg configs/mi/R-34-CD.yaml --im_size 224\n"
      "  nnstretch bench --model R-34-CD.tflite --trace trace.json --json -\n"
      "  nnstretch bench --model R-34-CD.tflite --requests 4\n"
      "  nnstretch bench --model R-34-CD.tflite --restarts 5 --json before.json\n"
      "  nnstretch bench --model R-34-CD.tflite --adb");
  command->callback([options, &here] { bench(*options, here); });
}

}  // namespace nnstretch::cli

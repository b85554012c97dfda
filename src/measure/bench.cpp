#include "measure/bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>
#include <utility>

#include "base/memory.h"
#include "measure/beside.h"
#include "measure/operators.h"
#include "measure/quiet.h"
#include "runtime/session.h"

namespace nnstretch::measure {
namespace {

using runtime::CompiledPlan;
using runtime::Session;
using runtime::Timeline;

void fill(Session& session, const std::vector<std::vector<std::byte>>& inputs) {
  if (inputs.empty()) return;
  const auto target = session.input();
  runtime::check_size("input", inputs[0].size(), target.size(), session.plan());
  std::copy(inputs[0].begin(), inputs[0].end(), target.begin());
}

// Of the plan; of a plan on one processor alone, every core it might have had.
std::vector<int> baseline_cores(const CompiledPlan& compiled, const plan::Placing& placing) {
  const plan::Plan& plan = compiled.plan();
  if (plan.processors.size() == 1 && placing.machine.empty())
    return plan::cores_of(placing, compiled.here());
  std::set<int> cores;
  for (const auto& processor : plan.processors)
    cores.insert(processor.cores.begin(), processor.cores.end());
  return {cores.begin(), cores.end()};
}

// As the plan's CPU computes, like with like; the plan's first processor where it has none.
plan::Plan baseline_plan(const ir::Model& model, const CompiledPlan& compiled,
                         const plan::Placing& placing) {
  const auto& processors = compiled.plan().processors;
  const auto cpu = std::ranges::find(processors, "cpu", &engines::Processor::role);
  engines::Processor whole{
      .name = "baseline", .role = "cpu", .cores = baseline_cores(compiled, placing)};
  whole.precision = (cpu == processors.end() ? processors.front() : *cpu).precision;
  whole.threads = std::max<int>(1, static_cast<int>(whole.cores.size()));
  return plan::make_whole_plan(model, whole);
}

// Nothing where it shrank: engines gave back what they had taken before, and what the parts took is
// not told.
std::optional<double> grown_mb(const CompiledPlan& compiled, const std::string& engine) {
  int64_t bytes = 0;
  for (size_t i = 0; i < compiled.plan().parts.size(); ++i) {
    if (compiled.engine(i) != engine) continue;
    const auto more = compiled.compile_cost(i).resident_bytes;
    if (!more) return std::nullopt;
    bytes += *more;
  }
  return bytes < 0 ? std::nullopt : std::optional(static_cast<double>(bytes) / 1e6);
}

void describe_plan(Result& result, const CompiledPlan& compiled, const Measurement& measured) {
  const plan::Plan& plan = compiled.plan();
  const auto at = [](const std::vector<double>& all, size_t i) {
    return all.empty() ? std::nullopt : std::optional(all.at(i));
  };
  for (size_t i = 0; i < plan.processors.size(); ++i)
    result.processors.push_back({.processor = plan.processors[i],
                                 .busy_us_p50 = measured.busy_us_p50.at(i),
                                 .busy_us_min = measured.busy_us_min.at(i),
                                 .alone_us = at(measured.alone_us, i)});
  for (size_t i = 0; i < plan.parts.size(); ++i) {
    const plan::PlanPart& part = plan.parts[i];
    result.parts.push_back({.name = part.name,
                            .role = part.role,
                            .processor = plan.processors.at(part.processor).name,
                            .engine = compiled.engine(i),
                            .first_stage = part.first_stage,
                            .last_stage = part.last_stage,
                            .branch = part.branch,
                            .after = part.after,
                            .run_us_p50 = measured.part_us_p50.at(i),
                            .alone_us_min = at(measured.part_alone_us, i)});
    CompiledBy& sum = result.compiled[compiled.engine(i)];
    sum.parts += 1;
    sum.seconds += compiled.compile_cost(i).seconds;
  }
  for (auto& [engine, sum] : result.compiled) sum.resident_mb = grown_mb(compiled, engine);
}

// The fastest run and the one in the middle: of an even number the faster of the two.
void pick_runs(Result& result, const std::vector<Timeline>& lines) {
  if (lines.empty()) return;
  std::vector<const Timeline*> by_latency;
  for (const Timeline& line : lines) by_latency.push_back(&line);
  std::stable_sort(by_latency.begin(), by_latency.end(), [](const Timeline* a, const Timeline* b) {
    return a->latency_us < b->latency_us;
  });
  result.fastest = *by_latency.front();
  result.median = *by_latency[(by_latency.size() - 1) / 2];
}

// One core, so that it is the same one each time.
std::vector<int> anchor_cores(const plan::Plan& plan) {
  for (const auto& processor : plan.processors)
    if (!processor.cores.empty()) return {processor.cores.front()};
  return {};
}

// Workers that share a core wait for each other: their delay says nothing of others.
bool share_cores(const plan::Plan& plan) {
  std::set<int> seen;
  for (const auto& processor : plan.processors)
    for (const int core : processor.cores)
      if (!seen.insert(core).second) return true;
  return false;
}

// So many ticks are needed to tell somebody else from nobody: a network of microseconds ends
// sooner.
void watch_long_enough(const Watch& watch) {
  constexpr double kLeastS = 0.1;
  const double missing = kLeastS - watch.seconds();
  if (missing > 0) std::this_thread::sleep_for(std::chrono::duration<double>(missing));
}

void judge(Result& result, const Signs& seen, const CompiledPlan& compiled,
           const Measurement& measured, const Beside& beside) {
  Signs& signs = result.signs.emplace(seen);
  if (share_cores(compiled.plan())) signs.delay.reset();
  signs.anchor = beside.anchor_drift();
  signs.scatter = result.latency.p50 / result.latency.min;
  if (measured.bound_alone_us) signs.over_bound = result.latency.min / *measured.bound_alone_us;
  signs.split_tax = result.split_tax.ratio;
  result.doubts = doubts_of(signs);
  result.reliable = result.doubts.empty();
}

void keep(Result& result, Measurement& measured, const BenchOptions& options) {
  pick_runs(result, measured.timelines);
  result.latency = measured.latency;
  result.runs_us = std::move(measured.latencies_us);
  result.warmup_us = std::move(measured.warmup_us);
  result.meeting_points = std::move(measured.meeting_points);
  result.overlaps = std::move(measured.overlaps);
  result.overhead_us_p50 = measured.overhead_us_p50;
  result.bound_us = measured.bound_us;
  result.energy.source = measured.energy->source, result.energy.reason = measured.energy->reason;
  if (measured.energy->joules)
    result.energy.uj_per_inference = *measured.energy->joules * 1e6 / std::max(1, options.num_runs);
  if (options.keep_timelines) result.timelines = std::move(measured.timelines);
}

std::vector<std::vector<std::byte>> answers(Session& session, const BenchOptions& options) {
  const auto& plan = session.plan();
  const size_t bytes = plan.buffers.at(plan.outputs.at(0)).type.bytes();
  std::vector<std::vector<std::byte>> all;
  for (const auto& input : options.inputs) session.run(input, all.emplace_back(bytes));
  return all;
}

using Step = std::function<void(const std::string&)>;

// Waits for a free machine if that is asked for; what came of it is for the signs.
Waited wait_quiet(const BenchOptions& options, const std::vector<int>& cores, const Step& step) {
  if (options.wait_quiet_s <= 0) return {};
  step(fmt::format("waiting for a free machine, {} s at most", options.wait_quiet_s));
  return wait_until_free(cores, options.wait_quiet_s);
}

// The timed runs, and between them what explains them: `beside`.
void time_runs(Timed& timed, Session& session, Beside& beside, const BenchOptions& options,
               const Step& step) {
  Result& result = timed.result;
  const CompiledPlan& compiled = session.compiled();
  const std::vector<int> cores = compiled.here().cores();
  const Waited waited = wait_quiet(options, cores, step);
  step("timing");
  const auto meter = find_energy_meter();
  const Watch watch(cores);
  result.before = machine_state(cores);
  beside.begin();
  Measurement measured =
      measure(session, {.warmup = options.warmup_runs,
                        .runs = options.num_runs,
                        .alone = !options.latency_only,
                        .meter = meter.get(),
                        .keep_timelines = true,
                        .beside = [&](Round round) { beside.time(round, step); }});
  result.after = machine_state(cores);
  watch_long_enough(watch);
  Signs signs = watch.signs();
  if (options.wait_quiet_s > 0) signs.waited_s = waited.seconds, signs.was_free = waited.free;
  describe_plan(result, compiled, measured);
  keep(result, measured, options);
  result.baseline = beside.baseline();
  result.split_tax = beside.split_tax();
  judge(result, signs, compiled, measured, beside);
}

}  // namespace

Timed bench(const ir::Model& model, const BenchOptions& options, const plan::Surroundings& here,
            const std::function<void(const std::string&)>& on_step) {
  const auto step = [&](const std::string& what) {
    if (on_step) on_step(what);
  };
  Timed timed;
  Result& result = timed.result;
  const ir::Cost cost = ir::cost_of(model.graph);
  result.network = {.multiply_adds = cost.flops, .parameters = cost.params};
  // The last step that was told is what goes on: compiling, then what it was compiled for.
  const auto compile = [&](plan::Plan plan) {
    return runtime::compile(std::move(plan), here,
                            [&](std::string_view part, std::string_view engine) {
                              step(fmt::format("compiling part {} by {}", part, engine));
                            });
  };
  const auto compiled = compile(plan::plan_for(model, options.placing, here));
  step("timing");
  {
    Session session(compiled,
                    options.sequential ? runtime::Order::sequential : runtime::Order::parallel);
    fill(session, options.inputs);
    session.run();
    result.resident_bytes = resident_bytes();  // before others are compiled
    Beside beside(anchor_cores(compiled->plan()));
    if (!options.latency_only) {
      auto whole = compile(baseline_plan(model, *compiled, options.placing));
      step("compiling the parts in sequence");
      beside.add(model, *compiled, std::move(whole),
                 {.runs = options.num_runs,
                  .warmup = options.warmup_runs,
                  .input = options.inputs.empty() ? std::span<const std::byte>()
                                                  : std::span(options.inputs[0])});
    }
    time_runs(timed, session, beside, options, step);
    timed.answers = answers(session, options);
  }
  if (options.operators) {
    step("timing operators");
    const OperatorTimes times = time_operators(*compiled);
    for (size_t i = 0; i < times.size(); ++i) result.parts[i].operators = times[i];
  }
  if (options.requests > 0) {
    const auto wide = compile(plan::plan_for(model, options.placing, here, plan::Goal::throughput));
    step("timing requests in flight");
    const Throughput measured =
        throughput(model, wide,
                   {.in_flight = static_cast<size_t>(options.requests),
                    .requests = std::max(options.num_runs, 4 * options.requests)});
    result.throughput = {measured, remarks_of(*wide)};
  }
  result.remarks = remarks_of(*compiled);
  result.context = context_of(here);
  return timed;
}

}  // namespace nnstretch::measure

#include "measure/bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>
#include <utility>

#include "base/memory.h"
#include "measure/beside.h"
#include "measure/figures.h"
#include "measure/operators.h"
#include "measure/quiet.h"
#include "runtime/session.h"

namespace nnstretch::measure {
namespace {

using runtime::CompiledPlan;
using runtime::Session;

void fill(Session& session, const std::vector<std::vector<std::byte>>& inputs) {
  if (inputs.empty()) return;
  const auto target = session.input();
  runtime::check_size("input", inputs[0].size(), target.size(), session.plan());
  std::copy(inputs[0].begin(), inputs[0].end(), target.begin());
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

void judge(Result& result, const Signs& seen, const CompiledPlan& compiled, const Beside& beside) {
  Signs& signs = result.signs.emplace(seen);
  if (share_cores(compiled.plan())) signs.delay.reset();
  signs.anchor = beside.anchor_drift();
  signs.scatter = result.latency.p50 / result.latency.min;
  signs.split_tax = result.split_tax.ratio;
  result.doubts = doubts_of(signs);
  result.reliable = result.doubts.empty();
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
  step(fmt::format("{}, {} s at most", kWaiting, options.wait_quiet_s));
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
  // Of the network's own threads: those of the baseline and the split tax get in each other's way.
  set_delay(signs, measured.threads, measured.seconds);
  if (measured.bound_alone_us) signs.over_bound = measured.latency.min / *measured.bound_alone_us;
  add_plan(result, compiled, measured);
  add_runs(result, std::move(measured), options.keep_timelines);
  result.baseline = beside.baseline();
  result.split_tax = beside.split_tax();
  judge(result, signs, compiled, beside);
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

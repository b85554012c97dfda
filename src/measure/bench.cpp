#include "measure/bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/memory.h"
#include "ir/network_digest.h"
#include "measure/beside.h"
#include "measure/choose.h"
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

void judge(Result& result, const Signs& seen, const CompiledPlan& compiled, const Beside& beside) {
  Signs& signs = result.signs.emplace(seen);
  if (share_cores(compiled.plan())) signs.delay.reset(), signs.preempted.reset();
  signs.anchor = beside.anchor_drift();
  signs.scatter = result.latency.p50 / result.latency.min;
  signs.split_tax = result.split_tax.ratio;
  result.doubts = doubts_of(signs);
  result.reliable = result.doubts.empty();
}

// Whether it is that whole, by the engine that is the fastest of those that `auto` chooses from.
bool does_work_of(const CompiledPlan& compiled, const plan::Plan& whole,
                  const plan::Placing& placing) {
  const engines::Processor &a = compiled.plan().processors[0], &b = whole.processors[0];
  return placing.machine.empty() && placing.engine == "auto" && compiled.plan().parts.size() == 1 &&
         a.device == b.device && a.cores == b.cores && a.threads == b.threads &&
         a.precision == b.precision;
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
               const Waited& waited, const Step& step) {
  Result& result = timed.result;
  const CompiledPlan& compiled = session.compiled();
  const std::vector<int> cores = compiled.here().cores();
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
  watch.long_enough();
  Signs signs = watch.signs();
  if (options.wait_quiet_s > 0) signs.waited_s = waited.seconds, signs.was_free = waited.free;
  // Of the network's own threads: those of the baseline and the split tax get in each other's way.
  set_delay(signs, measured.threads, measured.seconds);
  if (measured.bound_alone_us) signs.over_bound = measured.latency.min / *measured.bound_alone_us;
  add_plan(result, compiled, measured);
  add_runs(result, std::move(measured), options.keep_timelines);
  result.baseline = beside.baseline();
  result.best = beside.best(result.latency);
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
  const auto& input = model.graph.node(model.graph.inputs().at(0)).type;
  result.network = {.multiply_adds = cost.flops,
                    .parameters = cost.params,
                    .input = ir::to_string(input.shape),
                    .digest = ir::network_digest(model.graph, model.weights)};
  result.sequential = options.sequential;
  // The last step that was told is what goes on: compiling, then what it was compiled for.
  const auto compile = [&](plan::Plan plan) {
    return runtime::compile(std::move(plan), here, telling_parts(on_step));
  };
  const auto choose_by = [&](Pick pick) {
    return choose(model, options.placing, here, {.pick = pick, .rounds = options.num_runs},
                  on_step);
  };
  const Waited waited = wait_quiet(options, here.cores(), step);
  const Chosen chosen = choose_by(options.pick);
  const auto& compiled = chosen.compiled;
  step("timing");
  {
    Session session(compiled,
                    options.sequential ? runtime::Order::sequential : runtime::Order::parallel);
    fill(session, options.inputs);
    session.run();
    result.resident_bytes = resident_bytes();  // before others are compiled
    Beside beside(anchor_cores(compiled->plan()),
                  {.runs = options.num_runs,
                   .warmup = options.warmup_runs,
                   .input = options.inputs.empty() ? std::span<const std::byte>()
                                                   : std::span(options.inputs[0])});
    if (!options.latency_only) {
      std::optional<Chosen> best;
      if (options.best) best = options.pick == Pick::best ? chosen : choose_by(Pick::best);
      plan::Plan whole = baseline_plan(model, *compiled, options.placing);
      const bool is_whole = best && does_work_of(*best->compiled, whole, options.placing);
      beside.add_baseline(is_whole ? best->compiled : compile(std::move(whole)));
      step("compiling the parts in sequence");
      beside.add_split_tax(model, *compiled);
      if (best)
        beside.add_best(*best, best->compiled->hash() == compiled->hash() && !options.sequential);
    }
    time_runs(timed, session, beside, options, waited, step);
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

#include "measure/bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/memory.h"
#include "ir/network_digest.h"
#include "measure/operators.h"
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

Statistics latency_of(const std::shared_ptr<const CompiledPlan>& compiled,
                      const BenchOptions& options) {
  Session session(compiled);
  fill(session, options.inputs);
  return measure(session, {.warmup = options.warmup_runs, .runs = options.num_runs, .alone = false})
      .latency;
}

Baseline time_baseline(const std::shared_ptr<const CompiledPlan>& whole,
                       const BenchOptions& options) {
  const Statistics latency = latency_of(whole, options);
  return {whole->engine(0), whole->plan().processors.front().threads, latency.min, latency.p50};
}

// Not timed again if it is the plan that was timed.
BestPlan time_best(const Chosen& chosen, const Result& result, const CompiledPlan& timed,
                   const BenchOptions& options) {
  BestPlan best{.candidate = chosen.candidate,
                .kind = std::string(plan::name_of(chosen.kind)),
                .plan_hash = chosen.compiled->hash(),
                .remembered = chosen.remembered,
                .doubt = chosen.doubt};
  const Statistics latency = best.plan_hash == timed.hash() && !options.sequential
                                 ? result.latency
                                 : latency_of(chosen.compiled, options);
  best.min_us = latency.min, best.p50_us = latency.p50;
  return best;
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
    sum.resident_mb += static_cast<double>(compiled.compile_cost(i).resident_bytes) / 1e6;
  }
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

// The timed runs, and what they alone tell.
void time_runs(Timed& timed, const std::shared_ptr<const CompiledPlan>& compiled,
               const BenchOptions& options) {
  Result& result = timed.result;
  Session session(compiled,
                  options.sequential ? runtime::Order::sequential : runtime::Order::parallel);
  fill(session, options.inputs);
  const auto meter = find_energy_meter();
  result.before = machine_state(compiled->here().cores());
  Measurement measured = measure(session, {.warmup = options.warmup_runs,
                                           .runs = options.num_runs,
                                           .alone = !options.latency_only,
                                           .meter = meter.get(),
                                           .keep_timelines = true});
  result.after = machine_state(compiled->here().cores());
  result.resident_bytes = resident_bytes();
  describe_plan(result, *compiled, measured);
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
  const auto& out = compiled->plan().buffers.at(compiled->plan().outputs.at(0)).type;
  for (const auto& input : options.inputs) {
    timed.answers.emplace_back(out.bytes());
    session.run(input, timed.answers.back());
  }
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
  const Chosen chosen = choose_by(options.pick);
  const auto& compiled = chosen.compiled;
  step("timing");
  time_runs(timed, compiled, options);
  if (!options.latency_only) {
    const auto whole = compile(baseline_plan(model, *compiled, options.placing));
    step("timing the baseline");
    result.baseline = time_baseline(whole, options);
    step("timing the parts in sequence");
    result.split_tax = split_tax(model, *compiled);
  }
  if (!options.latency_only && options.best) {
    const Chosen best = options.pick == Pick::best ? chosen : choose_by(Pick::best);
    step("timing the best plan");
    result.best = time_best(best, result, *compiled, options);
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

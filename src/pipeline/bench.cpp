#include "pipeline/bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "base/files.h"
#include "base/threads.h"
#include "engines/list.h"
#include "runtime/trace.h"

namespace nnstretch::pipeline {
namespace {

using runtime::Session;

void fill(Session& session, const std::vector<std::byte>& input) {
  const auto target = session.input();
  std::memcpy(target.data(), input.data(), std::min(input.size(), target.size()));
}

// Of the plan; of a plan on one processor alone, every core it might have had.
std::vector<int> baseline_cores(const runtime::Plan& plan, const PlaceOptions& place) {
  if (plan.processors.size() == 1 && place.machine.empty()) {
    auto cores = place.core_affinity.empty() ? allowed_cores()
                                             : runtime::parse_core_mask(place.core_affinity);
    if (place.num_threads > 0 && cores.size() > static_cast<size_t>(place.num_threads))
      cores.resize(static_cast<size_t>(place.num_threads));
    return cores;
  }
  std::set<int> cores;
  for (const auto& processor : plan.processors)
    cores.insert(processor.cores.begin(), processor.cores.end());
  return {cores.begin(), cores.end()};
}

Baseline measure_baseline(const ir::Model& model, const runtime::Plan& plan,
                          const BenchOptions& options) {
  engines::Processor whole{
      .name = "baseline", .role = "cpu", .cores = baseline_cores(plan, options.place)};
  whole.threads = std::max<int>(1, static_cast<int>(whole.cores.size()));
  const auto compiled = runtime::compile(runtime::make_whole_plan(model, whole));
  Session session(compiled);
  fill(session, options.input);
  const auto measured = measure::measure(
      session, {.warmup = options.warmup_runs, .runs = options.num_runs, .alone = false});
  return {compiled->engine(0), whole.threads, measured.latency.min, measured.latency.p50};
}

runtime::Machine all_of_machine(const ir::Graph& graph, const PlaceOptions& options) {
  if (!options.machine.empty()) return runtime::read_machine(options.machine);
  engines::find_engine(options.engine);  // a name that is none is an error, no reason to fall back
  runtime::DiscoverOptions how{.num_threads = options.num_threads,
                               .cores = std::nullopt,
                               .engine = options.engine,
                               .precision = options.precision};
  if (!options.core_affinity.empty()) how.cores = runtime::parse_core_mask(options.core_affinity);
  return runtime::discover(runtime::roles_of(graph), how);
}

}  // namespace

runtime::Machine machine_for(const ir::Graph& graph, const PlaceOptions& options) {
  return runtime::without(all_of_machine(graph, options), options.without);
}

runtime::Plan plan_for(const ir::Model& model, const PlaceOptions& options, Goal goal) {
  const runtime::Machine machine = machine_for(model.graph, options);
  const runtime::PlanOptions how{.strict = options.strict, .spread = options.spread, .find = {}};
  if (goal == Goal::latency) return runtime::make_plan(model, machine, how);
  return runtime::make_throughput_plan(model, machine, how, this_topology());
}

std::map<std::string, CompiledBy> compiled_by_engine(const runtime::CompiledPlan& plan) {
  std::map<std::string, CompiledBy> by_engine;
  for (size_t i = 0; i < plan.plan().parts.size(); ++i) {
    CompiledBy& sum = by_engine[plan.engine(i)];
    sum.parts += 1;
    sum.seconds += plan.compile_cost(i).seconds;
    sum.resident_bytes += plan.compile_cost(i).resident_bytes;
  }
  return by_engine;
}

BenchResult bench(const ir::Model& model, const BenchOptions& options,
                  const std::function<void(const std::string&)>& on_step) {
  const auto step = [&](const std::string& what) {
    if (on_step) on_step(what);
  };
  BenchResult result;
  result.plan =
      runtime::compile(plan_for(model, options.place), engines::find_engine,
                       [&](std::string_view part) { step(fmt::format("compiling {}", part)); });
  const auto order = options.sequential ? runtime::Order::sequential : runtime::Order::parallel;
  {
    step("timing");
    Session session(result.plan, order);
    fill(session, options.input);
    const auto meter = measure::find_energy_meter();
    measure::MeasureOptions how{.warmup = options.warmup_runs,
                                .runs = options.num_runs,
                                .meter = meter.get(),
                                .keep_timelines = !options.trace.empty()};
    how.alone = !options.latency_only;
    result.before = measure::machine_state(allowed_cores());
    result.measured = measure::measure(session, how);
    result.after = measure::machine_state(allowed_cores());
    result.energy = *result.measured.energy;
    if (result.energy.joules)
      result.energy_uj = *result.energy.joules * 1e6 / std::max(1, options.num_runs);
  }
  if (!options.latency_only) {
    step("timing the baseline");
    result.baseline = measure_baseline(model, result.plan->plan(), options);
    step("timing the parts in sequence");
    result.split_tax = measure::split_tax(model, *result.plan, engines::find_engine);
  }
  if (options.profile) {
    step("timing operators");
    result.profile = measure::profile_ops(*result.plan, engines::find_engine);
  }
  if (options.requests > 0) {
    step("timing requests in flight");
    result.throughput_plan = runtime::compile(plan_for(model, options.place, Goal::throughput));
    result.throughput =
        measure::throughput(model, result.throughput_plan, engines::find_engine,
                            {.in_flight = static_cast<size_t>(options.requests),
                             .requests = std::max(options.num_runs, 4 * options.requests)});
  }
  if (!options.trace.empty())
    write_atomic(options.trace, runtime::trace_json(*result.plan, result.measured.timelines));
  return result;
}

}  // namespace nnstretch::pipeline

#include "measure/beside.h"

#include <algorithm>
#include <set>
#include <utility>

#include "measure/threads_asleep.h"

namespace nnstretch::measure {
namespace {

using runtime::CompiledPlan;

// On one core they are the longest of all runs here, and minima of so many are near enough.
constexpr int kMostTaxRuns = 20;

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

}  // namespace

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

Beside::Timed Beside::made(std::shared_ptr<const CompiledPlan> compiled) const {
  Timed plan{std::make_unique<runtime::Session>(std::move(compiled)), {}};
  std::ranges::copy(input_, plan.session->input().begin());
  return plan;
}

void Beside::add_baseline(std::shared_ptr<const CompiledPlan> whole) {
  baseline_ = made(std::move(whole));
}

void Beside::add_best(const Chosen& best, bool is_timed) {
  best_told_ = BestPlan{.candidate = best.candidate,
                        .kind = std::string(plan::name_of(best.kind)),
                        .plan_hash = best.compiled->hash(),
                        .remembered = best.remembered,
                        .doubt = best.doubt};
  best_is_baseline_ = baseline_ && &baseline_->session->compiled() == best.compiled.get();
  if (!best_is_baseline_ && !is_timed) best_ = made(best.compiled);
}

void Beside::add_split_tax(const ir::Model& model,
                           const std::shared_ptr<const CompiledPlan>& plan) {
  tax_.emplace(model, plan);
}

void Beside::time(Timed& plan, Round round) const {
  const int warmup = round.index == 0 ? 2 : 1;
  for (int i = 0; i < warmup; ++i) plan.session->run();
  for (int i = round.share(round.beside); i > 0; --i) {
    plan.session->run();
    plan.us.push_back(plan.session->timeline().latency_us);
  }
}

void Beside::time(Round round, const OnStep& on_step) {
  if (baseline_) {
    on_step("timing the baseline");
    time(*baseline_, round);
    let_threads_sleep();
  }
  if (best_) {
    on_step("timing the best plan");
    time(*best_, round);
    let_threads_sleep();
  }
  if (tax_) {
    on_step("timing the parts in sequence");
    tax_->time(round.share(std::min(round.beside, kMostTaxRuns)));
  }
  anchor_.time();
  on_step("timing");
}

std::optional<Baseline> Beside::baseline() const {
  if (!baseline_) return std::nullopt;
  const Statistics all = summarise(baseline_->us);
  const auto& compiled = baseline_->session->compiled();
  return Baseline{compiled.engine(0), compiled.plan().processors.front().threads, all.min,
                  all.p50.value()};
}

std::optional<BestPlan> Beside::best(const Statistics& timed) const {
  if (!best_told_) return std::nullopt;
  BestPlan best = *best_told_;
  const Statistics latency = best_               ? summarise(best_->us)
                             : best_is_baseline_ ? summarise(baseline_->us)
                                                 : timed;
  best.min_us = latency.min, best.p50_us = latency.p50.value();
  return best;
}

}  // namespace nnstretch::measure

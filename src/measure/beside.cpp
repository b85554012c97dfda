#include "measure/beside.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>
#include <utility>

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

// Threads of engines spin when they have no more work, LiteRT's for tens of milliseconds, on cores
// that the network's runs need: until all of ours sleep.
void let_threads_sleep() {
  constexpr std::chrono::milliseconds kLook(2);
  constexpr int kMostLooks = 50;
  constexpr double kAsleepS = 0.0005;  // who looks runs, too
  auto before = thread_times();
  for (int i = 0; i < kMostLooks; ++i) {
    std::this_thread::sleep_for(kLook);
    auto after = thread_times();
    if (between(before, after).ran < kAsleepS) return;
    before = std::move(after);
  }
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

void Beside::add(const ir::Model& model, const runtime::CompiledPlan& plan,
                 std::shared_ptr<const runtime::CompiledPlan> baseline, const Options& options) {
  options_ = options;
  whole_ = std::make_unique<runtime::Session>(std::move(baseline));
  if (!options.input.empty())
    std::copy(options.input.begin(), options.input.end(), whole_->input().begin());
  tax_.emplace(model, plan);
}

void Beside::time_whole(Round round) {
  const int warmup = round.index == 0 ? options_.warmup : 1;
  for (int i = 0; i < warmup; ++i) whole_->run();
  for (int i = round.share(options_.runs); i > 0; --i) {
    whole_->run();
    whole_us_.push_back(whole_->timeline().latency_us);
  }
}

void Beside::time(Round round, const std::function<void(const std::string&)>& on_step) {
  if (whole_) {
    on_step("timing the baseline");
    time_whole(round);
  }
  if (tax_) {
    on_step("timing the parts in sequence");
    tax_->time(round.share(std::min(options_.runs, kMostTaxRuns)));
  }
  if (whole_) let_threads_sleep();
  anchor_.time();
  on_step("timing");
}

std::optional<Baseline> Beside::baseline() const {
  if (!whole_) return std::nullopt;
  const Statistics all = summarise(whole_us_);
  const auto& compiled = whole_->compiled();
  return Baseline{compiled.engine(0), compiled.plan().processors.front().threads, all.min, all.p50};
}

}  // namespace nnstretch::measure

#include "measure/bench.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/clock.h"
#include "base/memory.h"
#include "base/threads.h"
#include "measure/beside.h"
#include "measure/choose.h"
#include "measure/figures.h"
#include "measure/governor.h"
#include "measure/network_cost.h"
#include "measure/operators.h"
#include "measure/quiet.h"
#include "measure/threads_asleep.h"
#include "runtime/session.h"

namespace nnstretch::measure {
namespace {

using runtime::CompiledPlan;
using runtime::Session;

void fill_input(Session& session, const std::vector<std::vector<std::byte>>& inputs) {
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
  if (share_cores(compiled.plan())) signs.forget_delay();
  signs.anchor = beside.anchor_drift();
  signs.scatter = result.latency.p50.value() / result.latency.min;
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

// Waits for a free machine if that is asked for; what came of it is for the signs.
Waited wait_quiet(const BenchOptions& options, const std::vector<int>& cores, const OnStep& step) {
  if (options.wait_quiet_s <= 0) return {};
  step(fmt::format("{}, {} s at most", kWaiting, options.wait_quiet_s));
  return wait_until_free(cores, options.wait_quiet_s);
}

// The timed runs, and between them what explains them: `beside`.
void time_runs(Timed& timed, Session& session, Beside& beside, const BenchOptions& options,
               const Waited& waited, HeatWatch& heat, const OnStep& step) {
  Result& result = timed.result;
  const CompiledPlan& compiled = session.compiled();
  const std::vector<int> cores = compiled.here().cores();
  step("timing");
  const Watch watch(cores);
  result.before = heat.look();
  beside.begin();
  Measurement measured = measure(session, {.warmup = options.warmup_runs,
                                           .runs = options.num_runs,
                                           .alone = !options.latency_only,
                                           .keep_timelines = true,
                                           .beside = [&](Round round) {
                                             beside.time(round, step);
                                             heat.look();
                                           }});
  result.after = heat.look();
  watch.long_enough();
  Signs signs = watch.signs();
  if (options.wait_quiet_s > 0) signs.waited_s = waited.seconds, signs.was_free = waited.free;
  // Of the network's own threads: those of the baseline and the split tax get in each other's way.
  set_delay(signs, measured.threads, measured.seconds);
  if (measured.bound_alone_us)  // minima of as many
    signs.over_bound = *std::min_element(measured.latencies_us.begin(),
                                         measured.latencies_us.begin() + measured.beside) /
                       *measured.bound_alone_us;
  add_plan(result, compiled, measured);
  add_runs(result, std::move(measured), options.keep_timelines);
  result.baseline = beside.baseline();
  result.best = beside.best(result.latency);
  result.split_tax = beside.split_tax();
  judge(result, signs, compiled, beside);
}

// Cores of the plan that this thread had `before` and has no more: phones take the big ones from
// who works in the background.
std::optional<std::string> note_of_taken_cores(const plan::Plan& plan,
                                               const std::vector<int>& before,
                                               const std::vector<int>& after) {
  const auto has = [](const std::vector<int>& cores, int core) {
    return std::find(cores.begin(), cores.end(), core) != cores.end();
  };
  std::set<int> taken;
  for (const auto& processor : plan.processors)
    for (const int core : processor.cores)
      if (has(before, core) && !has(after, core)) taken.insert(core);
  if (taken.empty()) return {};
  return fmt::format(
      "the system took cores {} away while the network was timed: cores {} were used instead",
      fmt::join(taken, ", "), fmt::join(after, ", "));
}

class Bench {
 public:
  Bench(const ir::Model& model, const BenchOptions& options, const plan::Surroundings& here,
        const OnStep& on_step)
      : model_(model), options_(options), here_(here), on_step_(on_step) {}

  Timed run() {
    result_.network = network_cost(model_);
    result_.sequential = options_.sequential;
    std::optional<GovernorChange> governor;
    if (!options_.governor.empty()) governor.emplace(options_.governor, here_.cores());
    const std::vector<int> cores = allowed_cores();
    const Waited waited = wait_quiet(options_, here_.cores(), step_);
    begin_us_ = now_us();
    const Chosen chosen = choose_by(options_.pick);
    step_("timing");
    time_latency(chosen, waited);
    if (options_.operators) time_operators_of(*chosen.compiled);
    if (options_.requests > 0) time_requests();
    result_.remarks = remarks_of(*chosen.compiled);
    result_.cores_after = allowed_cores();
    if (auto note = note_of_taken_cores(chosen.compiled->plan(), cores, *result_.cores_after))
      notes_.push_back(*std::move(note));
    add_heat();
    auto& notes = result_.remarks.notes;
    notes.insert(notes.end(), notes_.begin(), notes_.end());
    result_.context = context_of(here_);
    return std::move(timed_);
  }

 private:
  std::shared_ptr<const CompiledPlan> compile(plan::Plan plan) const {
    return runtime::compile(std::move(plan), here_, telling_parts(on_step_));
  }
  Chosen choose_by(Pick pick, const std::shared_ptr<const CompiledPlan>& known = nullptr) const {
    return choose(model_, options_.placing, here_,
                  {.pick = pick,
                   .race = options_.best,
                   .rounds = options_.num_runs,
                   .is_free = {},
                   .known = known},
                  on_step_);
  }

  void time_latency(const Chosen& chosen, const Waited& waited) {
    Session session(chosen.compiled,
                    options_.sequential ? runtime::Order::sequential : runtime::Order::parallel);
    fill_input(session, options_.inputs);
    StartResult& start = result_.start.emplace();
    start.compile_us = now_us() - begin_us_;
    session.run();
    start.first_run_us = session.timeline().latency_us;
    start.peak_bytes = peak_resident_bytes();
    result_.resident_bytes = resident_bytes();  // before others are compiled
    Beside beside(anchor_cores(session.plan()), options_.inputs.empty()
                                                    ? std::span<const std::byte>()
                                                    : std::span(options_.inputs[0]));
    if (!options_.latency_only) add_beside(beside, chosen);
    cool();
    time_runs(timed_, session, beside, options_, waited, heat_, step_);
    measure_energy_of(session);
    run_on(session);
    timed_.answers = answers(session, options_);
  }

  void cool() {
    if (!options_.cool_down) return;
    step_("cooling down, " + words_of(*options_.cool_down));
    if (auto note = cool_down(*options_.cool_down).note()) notes_.push_back(*std::move(note));
  }

  void run_on(Session& session) {
    if (options_.sustained_s <= 0) return;
    step_(fmt::format("running on for {} s", options_.sustained_s));
    const auto run = [&] {
      session.run();
      return session.timeline().latency_us;
    };
    result_.sustained =
        sustain(run, options_.sustained_s, [&] { return heat_.look().lowest_mhz(); });
    if (auto note = result_.sustained->note()) notes_.push_back(*std::move(note));
  }

  void add_heat() {
    heat_.look();
    result_.hottest_c = heat_.hottest_c();
    for (const std::string& held_back : heat_.held_back())
      notes_.push_back("while it was timed, " + held_back);
    if (const auto status = thermal_status())
      notes_.push_back(fmt::format("the system says that it is hot: {}", *status));
  }

  // After the runs are timed: what they draw makes the machine warm.
  void measure_energy_of(Session& session) {
    if (!energy_.source) {
      result_.energy.reason = energy_.why_not;
      return;
    }
    step_("measuring energy");
    let_threads_sleep();
    result_.energy = measure_energy(
        *energy_.source, [&] { session.run(); }, options_.energy.seconds);
  }

  // The fastest plan, if that is it already.
  std::shared_ptr<const CompiledPlan> baseline(const CompiledPlan& compiled,
                                               const std::optional<Chosen>& best) const {
    plan::Plan whole = baseline_plan(model_, compiled, options_.placing);
    if (best && does_work_of(*best->compiled, whole, options_.placing)) return best->compiled;
    return compile(std::move(whole));
  }

  void add_beside(Beside& beside, const Chosen& chosen) {
    std::optional<Chosen> best;
    if (options_.best)
      best = options_.pick == Pick::best ? chosen : choose_by(Pick::best, chosen.compiled);
    beside.add_baseline(baseline(*chosen.compiled, best));
    step_("compiling the parts in sequence");
    beside.add_split_tax(model_, chosen.compiled);
    if (best)
      beside.add_best(*best,
                      best->compiled->hash() == chosen.compiled->hash() && !options_.sequential);
  }

  void time_operators_of(const CompiledPlan& compiled) {
    step_("timing operators");
    const OperatorTimes times = time_operators(compiled);
    for (size_t i = 0; i < times.size(); ++i) result_.parts[i].operators = times[i];
  }

  void time_requests() {
    const auto wide =
        compile(plan::plan_for(model_, options_.placing, here_, plan::Goal::throughput));
    step_("timing requests in flight");
    const Throughput measured =
        throughput(model_, wide,
                   {.in_flight = static_cast<size_t>(options_.requests),
                    .requests = std::max(options_.num_runs, 4 * options_.requests)});
    result_.throughput = {measured, remarks_of(*wide)};
  }

  const ir::Model& model_;
  const BenchOptions& options_;
  const plan::Surroundings& here_;
  const OnStep& on_step_;
  HeatWatch heat_{here_.cores()};
  std::vector<std::string> notes_;
  double begin_us_ = 0;
  const FoundSource energy_ = choose_energy_source(options_.energy.source);
  // The last step that was told is what goes on: compiling, then what it was compiled for.
  const OnStep step_ = [this](const std::string& what) {
    if (on_step_) on_step_(what);
  };
  Timed timed_;
  Result& result_ = timed_.result;
};

}  // namespace

Timed bench(const ir::Model& model, const BenchOptions& options, const plan::Surroundings& here,
            const OnStep& on_step) {
  return Bench(model, options, here, on_step).run();
}

}  // namespace nnstretch::measure

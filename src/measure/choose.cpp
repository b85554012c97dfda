#include "measure/choose.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <ranges>

#include "base/cache_folder.h"
#include "base/choices.h"
#include "base/clock.h"
#include "base/cpu.h"
#include "base/error.h"
#include "base/hash.h"
#include "ir/work.h"
#include "measure/doubts.h"
#include "measure/statistics.h"
#include "measure/threads_asleep.h"
#include "runtime/session.h"

namespace nnstretch::measure {
namespace {

using plan::Candidate;
using runtime::CompiledPlan;
using runtime::Session;

constexpr int kWarmUpRuns = 1;       // first runs allocate and fill caches
constexpr int kScreeningRounds = 2;  // until the hopeless are known
constexpr double kHopeless = 1.25;   // times the fastest, by minima of the screening
constexpr size_t kFinalists = 3;
constexpr int kFewestRounds = 6;
constexpr double kEnoughMicroseconds = 600'000;  // more rounds only as long as they are cheap
// Halves of the rounds, or minima and medians, that differ by less say the same.
constexpr double kAgree = 1.02;

// A candidate that compiled, and its times. After a failure it stands still.
class Racer {
 public:
  Racer(std::string name, plan::Kind kind, std::shared_ptr<const CompiledPlan> compiled)
      : standing_{.candidate = std::move(name), .kind = kind}, compiled_(std::move(compiled)) {
    guarded([&] {
      session_.emplace(compiled_);
      for (int i = 0; i < kWarmUpRuns; ++i) session_->run();
    });
  }
  explicit Racer(Standing failed) : standing_(std::move(failed)) {}

  // The second of two runs: the first brings code and weights back into the caches.
  void run() {
    if (!session_) return;
    guarded([&] {
      session_->run();
      session_->run();
      times_.push_back(session_->timeline().latency_us);
    });
  }
  bool able() const { return session_.has_value(); }
  // Of the rounds [first, last).
  double fastest(size_t first, size_t last) const {
    return *std::min_element(times_.begin() + static_cast<ptrdiff_t>(first),
                             times_.begin() + static_cast<ptrdiff_t>(last));
  }
  double fastest() const { return fastest(0, times_.size()); }
  double median() const { return summarise(times_).p50; }
  size_t rounds() const { return times_.size(); }
  void forget_times() { times_.clear(); }
  // Its threads end; it still is what it was compiled to.
  void stop() { session_.reset(); }
  // Of an engine, beside those of the session.
  bool has_threads() const {
    return compiled_ && std::ranges::any_of(compiled_->plan().processors,
                                            [](const auto& one) { return one.threads > 1; });
  }
  bool failed() const { return !standing_.failure.empty(); }

  Standing standing() const {
    Standing told = standing_;
    if (!times_.empty()) told.min_us = fastest(), told.p50_us = median();
    return told;
  }
  const std::shared_ptr<const CompiledPlan>& compiled() const { return compiled_; }

 private:
  void guarded(const auto& action) {
    try {
      action();
    } catch (const EngineError& error) {
      standing_.failure = error.what();
      session_.reset();
      times_.clear();
    }
  }

  Standing standing_;
  std::shared_ptr<const CompiledPlan> compiled_;
  std::optional<Session> session_;
  std::vector<double> times_;  // of each round
};

using Racers = std::vector<Racer*>;

Racers able(const Racers& racers) {
  Racers left;
  for (Racer* racer : racers)
    if (racer->able()) left.push_back(racer);
  return left;
}

// In turns, each round beginning with another, so that a disturbance hits all alike.
void run_round(const Racers& racers, int round) {
  for (size_t i = 0; i < racers.size(); ++i) {
    Racer& racer = *racers[(i + static_cast<size_t>(round)) % racers.size()];
    racer.run();
    if (racers.size() > 1 && racer.has_threads()) let_threads_sleep();
  }
}

// Those that may be the fastest, the most hopeful first.
Racers screened(Racers racers) {
  for (int round = 0; round < kScreeningRounds; ++round) run_round(racers, round);
  racers = able(racers);
  std::ranges::stable_sort(racers, {}, [](const Racer* racer) { return racer->fastest(); });
  size_t count = 0;
  while (count < std::min(racers.size(), kFinalists) &&
         racers[count]->fastest() <= kHopeless * racers[0]->fastest())
    ++count;
  for (size_t i = count; i < racers.size(); ++i) racers[i]->stop();
  racers.resize(count);
  return racers;
}

// The same rounds of all that are able to the end. Of one alone the screening has said enough.
Racers timed(Racers racers, int most_rounds) {
  if (racers.size() < 2) return racers;
  for (Racer* racer : racers) racer->forget_times();
  const double start = now_us();
  for (int round = 0; round < std::max(most_rounds, 2); ++round) {
    if (round >= kFewestRounds && now_us() - start > kEnoughMicroseconds) break;
    run_round(racers, round);
  }
  racers = able(racers);
  std::ranges::stable_sort(racers, {}, [](const Racer* racer) { return racer->fastest(); });
  return racers;
}

// Why the rounds do not say that the first is the fastest; empty if they do.
std::string disagreement(const Racers& racers) {
  const Racer& winner = *racers.at(0);
  for (const Racer* other : racers | std::views::drop(1)) {
    const size_t half = winner.rounds() / 2, all = winner.rounds();
    if (winner.fastest(0, half) > kAgree * other->fastest(0, half) ||
        winner.fastest(half, all) > kAgree * other->fastest(half, all) ||
        winner.median() > kAgree * other->median())
      return "the rounds do not agree";
  }
  return {};
}

// By what others did. Threads of engines that are timed get in each other's way: their delay says
// nothing.
bool seen_free(const Watch& watch) {
  watch.long_enough();
  Signs signs = watch.signs();
  signs.delay.reset(), signs.preempted.reset();
  return doubts_of(signs).empty();
}

// ---- what is remembered

Choices memory_of(const plan::Surroundings& here) {
  if (here.plans) return Choices(*here.plans);
  const CacheFolder cache = cache_folder();
  return Choices(cache.path.empty() ? cache.path : cache.path / kPlanChoices);
}

std::string key_of(const ir::Graph& graph, const plan::Placing& placing,
                   const plan::Surroundings& here, Pick pick) {
  Hash hash;
  hash.add(ir::work_of(graph));
  for (const ir::Node& node : graph.nodes())
    hash.add(fmt::format("{} {} {}", node.at.stage, node.at.branch, node.at.role));
  for (const auto& engine : here.engines.all()) hash.add(engine->name()).add(engine->version());
  hash.add(cpu_model()).add(cpu_instructions()).add(plan::digest(placing));
  for (const int core : here.cores()) hash.add(std::to_string(core));
  if (pick == Pick::whole) hash.add("whole");
  return hash.hex();
}

nlohmann::json entry_of(const std::vector<Standing>& standings) {
  nlohmann::json us;
  for (const Standing& one : standings)
    if (one.min_us > 0) us[one.candidate] = one.min_us;
  nlohmann::json entry = {{"plan", standings[0].candidate}, {"us", us}};
  entry["scatter"] = standings[0].p50_us / standings[0].min_us - 1;
  if (standings.size() > 1 && standings[1].min_us > 0)
    entry["margin"] = standings[1].min_us / standings[0].min_us - 1;
  entry["date"] = utc_now();
  return entry;
}

std::string plan_in(const nlohmann::json& entry) {
  const auto plan = entry.is_object() ? entry.find("plan") : entry.end();
  return plan != entry.end() && plan->is_string() ? plan->get<std::string>() : std::string();
}

// ---- choosing

class Choosing {
 public:
  Choosing(const ir::Model& model, const plan::Placing& placing, const plan::Surroundings& here,
           const ChooseOptions& options, const std::function<void(const std::string&)>& on_step)
      : here_(here),
        options_(options),
        on_step_(on_step),
        candidates_(plan::candidates(model, placing, here)),
        memory_(memory_of(here)),
        key_(key_of(model.graph, placing, here, options.pick)) {
    if (options.pick == Pick::whole)
      std::erase_if(candidates_,
                    [](const Candidate& one) { return one.kind == plan::Kind::parts; });
    if (candidates_.empty())
      throw EngineError({.what = "no engine takes the whole network on one processor",
                         .where = model.name,
                         .fix = "take its parts as they are configured"});
  }

  Chosen run() {
    if (auto known = remembered()) return *std::move(known);
    if (candidates_.size() > 1 && options_.race) return race();
    return {.compiled = compile(candidates_[0]),
            .candidate = candidates_[0].name,
            .kind = candidates_[0].kind};
  }

 private:
  std::shared_ptr<const CompiledPlan> compile(const Candidate& one) {
    return runtime::compile(one.plan, here_, telling_parts(on_step_));
  }

  std::optional<Chosen> remembered() {
    const auto entry = memory_.find(key_);
    if (!entry) return {};
    const auto known = std::ranges::find(candidates_, plan_in(*entry), &Candidate::name);
    if (known == candidates_.end()) return {};
    try {
      return Chosen{.compiled = compile(*known),
                    .candidate = known->name,
                    .kind = known->kind,
                    .remembered = true};
    } catch (const EngineError&) {
      return {};  // the race says why
    }
  }

  std::vector<std::unique_ptr<Racer>> racers() {
    std::vector<std::unique_ptr<Racer>> all;
    for (const Candidate& one : candidates_) try {
        all.push_back(std::make_unique<Racer>(one.name, one.kind, compile(one)));
      } catch (const EngineError& error) {
        all.push_back(std::make_unique<Racer>(
            Standing{.candidate = one.name, .kind = one.kind, .failure = error.what()}));
      }
    return all;
  }

  Chosen race() {
    const auto all = racers();
    const Watch watch(here_.cores());
    Racers running;
    for (const auto& racer : all) running.push_back(racer.get());
    if (on_step_) on_step_("timing the plans to choose from");
    running = timed(screened(able(running)), options_.rounds);
    if (running.empty()) throw EngineError({.what = all[0]->standing().failure});
    Chosen chosen{.raced = true};
    for (const Racer* racer : running) chosen.standings.push_back(racer->standing());
    bool failed = false;
    for (const auto& racer : all) {
      if (std::ranges::find(running, racer.get()) != running.end()) continue;
      chosen.standings.push_back(racer->standing());
      failed |= racer->failed();
    }
    const Racer* winner = running[0];
    chosen.doubt =
        options_.is_free && !options_.is_free() ? "the machine is not free" : disagreement(running);
    if (chosen.doubt.empty() && !failed)
      memory_.remember(key_, entry_of(chosen.standings));
    else if (!chosen.doubt.empty() && options_.pick == Pick::best && !all[0]->failed())
      winner = all[0].get();  // as it is configured
    chosen.compiled = winner->compiled();
    chosen.candidate = winner->standing().candidate;
    chosen.kind = winner->standing().kind;
    return chosen;
  }

  const plan::Surroundings& here_;
  const ChooseOptions& options_;
  const std::function<void(const std::string&)>& on_step_;
  std::vector<Candidate> candidates_;
  Choices memory_;
  std::string key_;
};

}  // namespace

runtime::OnPart telling_parts(const std::function<void(const std::string&)>& on_step) {
  if (!on_step) return {};
  return [&on_step](std::string_view part, std::string_view engine) {
    on_step(fmt::format("compiling part {} by {}", part, engine));
  };
}

Chosen choose(const ir::Model& model, const plan::Placing& placing, const plan::Surroundings& here,
              const ChooseOptions& options,
              const std::function<void(const std::string&)>& on_step) {
  if (options.pick != Pick::parts) return Choosing(model, placing, here, options, on_step).run();
  return {.compiled =
              runtime::compile(plan::plan_for(model, placing, here), here, telling_parts(on_step)),
          .candidate = "parts"};
}

}  // namespace nnstretch::measure

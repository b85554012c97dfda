#include "measure/choose.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/cache_folder.h"
#include "base/choices.h"
#include "base/clock.h"
#include "base/cpu.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/log.h"
#include "ir/work.h"
#include "measure/doubts.h"
#include "measure/signs.h"

namespace nnstretch::measure {
namespace {

using plan::Candidate;
using runtime::CompiledPlan;

// By what others did: threads of engines that are timed get in each other's way.
bool seen_free(const Watch& watch) {
  watch.long_enough();
  Signs signs = watch.signs();
  signs.forget_delay();
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

nlohmann::json entry_of(const RaceResult& result) {
  const std::vector<Standing>& standings = result.standings;
  nlohmann::json us;
  for (const Standing& one : standings)
    if (one.min_us > 0) us[one.candidate] = one.min_us;
  nlohmann::json entry = {{"plan", standings[0].candidate}, {"us", us}};
  entry["scatter"] = standings[0].p50_us / standings[0].min_us - 1;
  if (result.timed > 1) entry["margin"] = standings[1].min_us / standings[0].min_us - 1;
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
           const ChooseOptions& options, const OnStep& on_step)
      : here_(here),
        options_(options),
        on_step_(on_step),
        candidates_(plan::candidates(model, placing, here)),
        memory_(memory_of(here)),
        key_(key_of(model.graph, placing, here, options.pick)),
        compiled_{options.known} {
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
    if (candidates_.size() > 1 && options_.race) return raced();
    const Candidate& first = unmeasured();
    return {.compiled = compile(first), .candidate = first.name, .kind = first.kind};
  }

 private:
  // The parts as configured; of wholes the one with the most threads.
  const Candidate& unmeasured() const {
    if (options_.pick == Pick::best) return candidates_[0];
    return *std::ranges::max_element(
        candidates_, {}, [](const Candidate& one) { return one.plan.processors[0].threads; });
  }
  std::shared_ptr<const CompiledPlan> compile(const Candidate& one) {
    auto compiled = runtime::compile(one.plan, here_, telling_parts(on_step_), compiled_);
    compiled_.push_back(compiled);
    return compiled;
  }

  std::optional<Chosen> remembered() {
    const auto entry = memory_.find(key_);
    if (!entry) return {};
    // Whatever keeps it from running here, as a fork does, it stays remembered for others.
    keeps_ = !plan_in(*entry).empty();
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

  std::vector<Entrant> compiled() {
    std::vector<Entrant> all;
    for (const Candidate& one : candidates_) {
      Entrant entrant{.name = one.name, .kind = one.kind, .compiled = nullptr};
      try {
        entrant.compiled = compile(one);
      } catch (const EngineError& error) {
        entrant.failure = error.what();
      }
      all.push_back(std::move(entrant));
    }
    return all;
  }

  // What disturbs a race is often over by the next one.
  RaceResult decided(const std::vector<Entrant>& entrants) {
    constexpr int kRaces = 3;
    RaceResult result;
    for (int i = 0; i < kRaces; ++i) {
      if (on_step_) on_step_("timing the plans to choose from");
      const Watch watch(here_.cores());
      result = race(entrants, options_.rounds);
      const bool is_free = options_.is_free ? options_.is_free() : seen_free(watch);
      if (!is_free) result.doubt = "the machine is not free";
      if (result.doubt.empty()) break;
    }
    return result;
  }

  Chosen raced() {
    const std::vector<Entrant> all = compiled();
    RaceResult result = decided(all);
    const std::vector<Standing>& standings = result.standings;
    if (!standings[0].failure.empty()) throw EngineError({.what = standings[0].failure});
    for (const Standing& one : standings)
      if (!one.failure.empty())
        log::warn("going on without the plan '{}': {}", one.candidate, one.failure);
    const bool failed =
        std::ranges::any_of(standings, [](const Standing& one) { return !one.failure.empty(); });
    if (result.doubt.empty() && !failed && !keeps_ && options_.rounds >= kFewestRounds)
      memory_.remember(key_, entry_of(result));
    const auto standing = [&](const std::string& name) -> const Standing& {
      return *std::ranges::find(standings, name, &Standing::candidate);
    };
    // As it is configured, if nothing is decided and that can run.
    const bool stays = !result.doubt.empty() && options_.pick == Pick::best &&
                       standing(all[0].name).failure.empty();
    const Entrant& winner =
        stays ? all[0] : *std::ranges::find(all, standings[0].candidate, &Entrant::name);
    return {.compiled = winner.compiled,
            .candidate = winner.name,
            .kind = winner.kind,
            .standings = standings,
            .raced = true,
            .doubt = result.doubt};
  }

  const plan::Surroundings& here_;
  const ChooseOptions& options_;
  const OnStep& on_step_;
  std::vector<Candidate> candidates_;
  Choices memory_;
  std::string key_;
  bool keeps_ = false;                                         // what is remembered
  std::vector<std::shared_ptr<const CompiledPlan>> compiled_;  // plans that share their parts
};

}  // namespace

std::string_view name_of(Pick pick) {
  switch (pick) {
    case Pick::parts:
      return "parts";
    case Pick::whole:
      return "whole";
    case Pick::best:
      break;
  }
  return "best";
}

runtime::OnPart telling_parts(const OnStep& on_step) {
  if (!on_step) return {};
  return [&on_step](std::string_view part, std::string_view engine) {
    on_step(fmt::format("compiling part {} by {}", part, engine));
  };
}

Chosen choose(const ir::Model& model, const plan::Placing& placing, const plan::Surroundings& here,
              const ChooseOptions& options, const OnStep& on_step) {
  if (options.pick != Pick::parts) return Choosing(model, placing, here, options, on_step).run();
  return {.compiled =
              runtime::compile(plan::plan_for(model, placing, here), here, telling_parts(on_step)),
          .candidate = "parts"};
}

}  // namespace nnstretch::measure

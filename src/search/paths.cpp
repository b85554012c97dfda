#include "search/paths.h"

#include <algorithm>
#include <limits>
#include <map>

namespace nnstretch::search {
namespace {

constexpr double kNoWay = std::numeric_limits<double>::infinity();

Totals counted(Totals totals, bool parameters) {
  if (!parameters) totals.parameters = 0;
  return totals;
}

}  // namespace

Paths::Paths(const Problem& problem, bool parameters)
    : stages_(problem.stages), stem_(counted(problem.stem, parameters)) {
  states_.push_back({.stage = 0, .w_in = problem.w_in});
  std::map<std::pair<int, int>, size_t> known;   // stage and width -> state
  for (size_t i = 0; i < states_.size(); ++i) {  // which grows meanwhile, by rising stage
    const auto [stage, w_in] = std::pair(states_[i].stage, states_[i].w_in);
    if (stage == stages_) continue;
    auto options = options_of(problem.ways(stage, w_in), parameters);
    std::vector<size_t> next;
    for (const StageOption& option : options) {
      const auto [at, fresh] = known.try_emplace({stage + 1, option.out}, states_.size());
      if (fresh) states_.push_back({.stage = stage + 1, .w_in = option.out});
      next.push_back(at->second);
    }
    states_[i].options = std::move(options);
    states_[i].next = std::move(next);
  }
  for (const State& state : states_)
    heads_.push_back(is_end(state) ? counted(problem.head(state.w_in), parameters) : Totals());
}

std::vector<double> Paths::rests(const Weights& weights) const {
  std::vector<double> rests(states_.size(), kNoWay);
  for (size_t i = states_.size(); i-- > 0;) {
    const State& state = states_[i];
    if (is_end(state)) rests[i] = weighed(weights, heads_[i]);
    for (size_t k = 0; k < state.options.size(); ++k)
      rests[i] =
          std::min(rests[i], weighed(weights, state.options[k].totals) + rests[state.next[k]]);
  }
  return rests;
}

Path Paths::least(const Weights& weights, const std::vector<double>& rests) const {
  Path path{.steps = {}, .totals = stem_};
  if (rests[0] == kNoWay) return path;
  size_t at = 0;
  while (!is_end(states_[at])) {
    const State& state = states_[at];
    size_t best = 0;
    double least = kNoWay;
    for (size_t k = 0; k < state.options.size(); ++k) {
      const double here = weighed(weights, state.options[k].totals) + rests[state.next[k]];
      if (here < least) least = here, best = k;
    }
    path.steps.emplace_back(at, best);
    path.totals += state.options[best].totals;
    at = state.next[best];
  }
  path.totals += heads_[at];
  return path;
}

}  // namespace nnstretch::search

// The ways through a network's stages as a graph: a state is how many channels a stage reads, an
// edge an option of that stage. Weighted sums of the totals have a best way through, found
// backwards; that is what bounds come from.
//     const Paths paths(problem, parameters);
//     const Bound bound = paths.bound({1, 0.002, 0});   // ns, and 2 ps a multiply-add
#pragma once
#include <array>
#include <vector>

#include "search/stage_options.h"

namespace nnstretch::search {

using Weights = std::array<double, kTotals>;  // of latency, work, parameters

inline double weighed(const Weights& weights, const Totals& totals) {
  return weights[0] * static_cast<double>(totals.ns) +
         weights[1] * static_cast<double>(totals.work) +
         weights[2] * static_cast<double>(totals.parameters);
}

// One option after another, from the first stage to the last, by state and index.
struct Path {
  std::vector<std::pair<size_t, size_t>> steps;
  Totals totals;  // with stem and head
};

class Paths {
 public:
  struct State {
    int stage = 0, w_in = 0;
    std::vector<StageOption> options = {};  // none: the end, or no way on
    std::vector<size_t> next = {};          // the state that each leads to
  };

  Paths(const Problem& problem, bool parameters);
  // By rising stage: each leads to later ones only. The first is where all begin.
  const std::vector<State>& states() const { return states_; }
  bool is_end(const State& state) const { return state.stage == stages_; }
  const Totals& stem() const { return stem_; }
  const Totals& head(size_t state) const { return heads_.at(state); }  // of an end

  // Of every state the least weighed rest of the way, the head with it; infinite where there is
  // none.
  std::vector<double> rests(const Weights& weights) const;
  // That least way itself; empty if there is none.
  Path least(const Weights& weights, const std::vector<double>& rests) const;

 private:
  int stages_;
  Totals stem_;
  std::vector<State> states_;
  std::vector<Totals> heads_;  // by state
};

}  // namespace nnstretch::search

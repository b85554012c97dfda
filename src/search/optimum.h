// The best network that can be put together stage by stage, proven. A stage reads the channels that
// the stage before it gives, and has one of several ways to be filled: a way has slots, one a
// branch, a slot the choices of that branch. The branches of a stage run at the same time.
//     const Answer answer = optimum(problem, {.limits = {kNoLimit, -plain_multiply_adds,
//     kNoLimit}}); if (answer.gap() == 0) use(answer.best.at(0));
#pragma once
#include <functional>
#include <limits>
#include <vector>

#include "nets/elastic.h"
#include "search/totals.h"

namespace nnstretch::search {

// One branch as it may be.
struct Choice {
  nets::BranchSize size;
  int out = 0;  // channels that it adds to what the next stage reads
  Totals totals;
};

// A stage with so many branches. Its latency is that of the slowest, the rest adds up.
struct Way {
  static constexpr size_t kMostSlots = 4;
  std::vector<std::vector<Choice>> slots = {};  // 1 to kMostSlots, none empty
  // Of the stage itself, that is of its meeting point, where it gives so many channels. May be
  // empty.
  std::function<Totals(int out)> extra = {};
  int64_t least_work = 0;  // multiply-adds; fillings with fewer are no networks
};

struct Problem {
  int stages = 0;
  int w_in = 0;  // channels the first stage reads
  Totals stem = {};
  // Of stage 0, 1, ... that reads `w_in` channels; none: such a stage cannot be.
  std::function<std::vector<Way>(int stage, int w_in)> ways = {};
  std::function<Totals(int w_in)> head = {};
};

struct Filling {
  size_t way = 0;  // index in ways()
  std::vector<nets::BranchSize> branches;
  Totals totals;
};
struct Found {
  Totals totals;
  std::vector<Filling> stages;
};

struct Answer {
  // The best first; then others that differ from each before in half of the stages or more, the
  // best of those that were met on the way. Empty: nothing meets the goal (or is as good as what
  // is known), if `proven`.
  std::vector<Found> best;
  double bound = 0;     // what is minimised is this or more, for every network
  bool proven = false;  // there is nothing better than the first

  // How much better than the first another one could be, as a share of it; 0 if proven.
  double gap(Total total) const;
};

struct Effort {
  size_t count = 1;                                   // networks wanted
  int64_t most_steps = 4'000'000'000;                 // after so many the proof is given up
  double known = std::numeric_limits<double>::max();  // what is minimised, of a network elsewhere:
                                                      // none that is worse is wanted
};

Answer optimum(const Problem& problem, const Goal& goal, const Effort& effort = {});

}  // namespace nnstretch::search

// How good a network can be at best. Each limit of a goal gets a price (a Lagrangian multiplier);
// whatever the prices, the least priced sum is a bound, and the best prices give the best one.
#pragma once
#include <optional>
#include <vector>

#include "search/paths.h"

namespace nnstretch::search {

// Prices, and what follows from them.
struct Bound {
  Weights weights = {};
  double limits = 0;          // what the limits are worth at these prices
  std::vector<double> rests;  // of each state

  // No network that begins by `so_far` and goes on from `state` has less of what is minimised.
  double of(const Totals& so_far, size_t state) const {
    return weighed(weights, so_far) + rests[state] - limits;
  }
};

struct Bounds {
  std::vector<Bound> all;      // the best prices first, then some around them; none: no way through
  std::optional<Path> met;     // the best that meets the goal, of those seen on the way
  std::optional<Total> unmet;  // a limit that nothing meets by itself
};

Bounds bounds_of(const Paths& paths, const Goal& goal);

}  // namespace nnstretch::search

// Whether one series of runs took longer than another, or only seems to.
#pragma once
#include <optional>
#include <span>

namespace nnstretch::measure {

struct Interval {
  double low = 0, high = 0;
};

// After / before: above 1 is slower.
struct Ratio {
  double of_minima = 0, of_medians = 0;
  // Holds the ratio of medians in 95 of 100 cases (percentile bootstrap, a fixed seed); nothing
  // for less than five runs on a side. Runs of one process only: from one process to the next
  // latency differs by more (docs/measuring.md).
  std::optional<Interval> interval;
};

// Times of single runs, positive and none empty; any unit, in any order.
Ratio compare(std::span<const double> before, std::span<const double> after);

}  // namespace nnstretch::measure

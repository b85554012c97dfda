// Whether one series of runs took longer than another, or only seems to.
//     const Ratio ratio = compare(before.restarts, after.restarts);
//     if (judge(ratio, 1.05) == Verdict::slower) ...
#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace nnstretch::measure {

// The runs of each process that timed a network: positive times, no process without runs, any unit.
using Restarts = std::vector<std::vector<double>>;

struct Interval {
  double low = 0, high = 0;
};

// After / before: above 1 is slower. Of each side's processes the least run (the median run) is
// taken, and of those the median: of a single process its own.
struct Ratio {
  double of_minima = 0, of_medians = 0;
  // Hold the ratio in about 95 of 100 cases (percentile bootstrap, a fixed seed): processes are
  // drawn, then runs of those. Nothing where a side has less than five runs. From one process they
  // hold what chance does to the runs of that process, and no more: see kOneProcess.
  std::optional<Interval> minima_interval = {}, interval = {};  // `interval`: of medians
  size_t restarts = 1;  // processes of the side that has fewer
};

// Calm processes of one plan on one machine differ by 2 to 15 percent, for where their memory lies
// and which cores they got. One unlucky process among K moves what all of them say by a K-th of
// that, so smaller differences are not told: 15 % from one process, 3 % from five. That is of
// minima; medians differ about twice as much, for others who work meanwhile move them too.
inline constexpr double kOneProcess = 0.15, kMediansAlone = 2 * kOneProcess;

// The median over the processes of their median runs.
double typical(const Restarts& side);

// Neither side empty.
Ratio compare(const Restarts& before, const Restarts& after);
// Of one process each.
Ratio compare(std::span<const double> before, std::span<const double> after);

enum class Verdict { level, cannot_tell, slower, faster };
constexpr std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::cannot_tell:
      return "cannot tell";
    case Verdict::slower:
      return "slower";
    case Verdict::faster:
      return "faster";
    case Verdict::level:
      break;
  }
  return "level";
}

// Slower (faster) by more than `limit`, say 1.05, if minima or medians show it: with their whole
// interval where there is one, and by more than so many processes can tell. Medians show nothing
// unless both sides are `reliable`, measured on a free machine. What is shown but cannot be told,
// or shown against each other, and all below 15 % from one process: cannot_tell. Else level: not
// shown to differ by more than the limit.
Verdict judge(const Ratio& ratio, double limit, bool reliable = true);

}  // namespace nnstretch::measure

#include "measure/doubts.h"

#include <algorithm>

namespace nnstretch::measure {
namespace {

// What a free machine does itself: kernel threads and the shell take 0.1 to 1 % of its cores.
constexpr double kMostOthers = 0.02;
// Cores are counted in ticks of 10 ms, and a tick may be anybody's: two of them on each core.
constexpr double kCountedS = 0.02;
// A hypervisor that gives its cores to others does so for milliseconds: at once more than this.
constexpr double kMostSteal = 0.005;
// Waking a worker takes microseconds; sharing its core with one other takes half of the time.
constexpr double kMostDelay = 0.02;
// The scheduler changes between two that want one core some 250 times a second; on a free core
// kernel threads come a few times.
constexpr double kMostPreempted = 50;
// Calm processes of one plan differ by 2 to 15 %; runs of one process by less.
constexpr double kMostScatter = 1.15;
// The anchor takes arithmetic and nothing else: only the clock of the core, or a neighbour on its
// physical core, can change its time. Clocks step by about 3 %.
constexpr double kMostAnchor = 1.05;
// Parts in sequence do all that the whole does; they cost up to 1.12 of it, and of networks that
// take microseconds twice that.
constexpr double kLeastSplitTax = 0.9, kMostSplitTax = 2;

// Parts alone and runs are minima of as many: so far they may differ by chance and by caches.
constexpr double kLeastOverBound = 0.97;

constexpr const char* kOthersFix =
    "stop what else runs, or let `wait_quiet` 60 wait until it has ended";
constexpr const char* kHostFix =
    "measure at another time, or on a machine that is nobody else's; what hosts take shows in no "
    "other counter";
constexpr const char* kAgainFix = "measure again";

class List {
 public:
  void add_if(bool doubtful, const char* sign, double value, const char* fix) {
    if (doubtful) doubts_.push_back({sign, value, fix});
  }
  template <class T>
  void above(double most, const char* sign, const std::optional<T>& value, const char* fix) {
    if (value) add_if(static_cast<double>(*value) > most, sign, static_cast<double>(*value), fix);
  }
  void below(double least, const char* sign, std::optional<double> value, const char* fix) {
    if (value) add_if(*value < least, sign, *value, fix);
  }
  std::vector<Doubt> take() { return std::move(doubts_); }

 private:
  std::vector<Doubt> doubts_;
};

// What would be no reason to doubt a number if all was calm.
void add_unless_calm(const Signs& signs, List& list) {
  const double counted = signs.seconds > 0 ? kCountedS / signs.seconds : 0;
  list.above(std::max(kMostOthers, counted), "others", signs.others, kOthersFix);
  list.above(kMostSteal, "steal", signs.steal, kHostFix);
  list.above(kMostDelay, "delay", signs.delay, kOthersFix);
  list.above(kMostPreempted, "preempted", signs.preempted, kOthersFix);
  if (signs.was_free == false)
    list.add_if(true, "waited_s", signs.waited_s.value_or(0),
                "wait longer, or stop what else runs: it went on without a free machine");
  list.above(kMostScatter, "scatter", signs.scatter,
             "look at the minimum, not the median, and measure again");
  list.above(kMostAnchor, "anchor", signs.anchor,
             "let the machine cool, or set its governor to performance, and measure again");
  list.below(kLeastOverBound, "over_bound", signs.over_bound, kAgainFix);
  list.below(kLeastSplitTax, "split_tax", signs.split_tax, kAgainFix);
  list.above(kMostSplitTax, "split_tax", signs.split_tax, kAgainFix);
}

}  // namespace

std::vector<Doubt> doubts_of(const Signs& signs) {
  List list;
  if (!signs.calm()) add_unless_calm(signs, list);
  list.above(0, "throttled", signs.throttled,
             "give the control group a larger quota, or use fewer threads");
  return list.take();
}

}  // namespace nnstretch::measure

#include "measure/compare.h"

#include <gtest/gtest.h>

#include <numeric>
#include <random>
#include <vector>

namespace nnstretch::measure {
namespace {

TEST(Compare, TellsTheRatiosOfMinimaAndMedians) {
  const std::vector<double> before = {4, 2, 8}, after = {10, 3, 5};
  const Ratio ratio = compare(before, after);
  EXPECT_DOUBLE_EQ(ratio.of_minima, 1.5);
  EXPECT_DOUBLE_EQ(ratio.of_medians, 1.25);
  EXPECT_FALSE(ratio.interval) << "three runs tell nothing of chance";
}

TEST(Compare, IsSureOfEqualRuns) {
  const std::vector<double> same(20, 7.0);
  const Ratio ratio = compare(same, same);
  ASSERT_TRUE(ratio.interval);
  EXPECT_EQ(ratio.interval->low, 1);
  EXPECT_EQ(ratio.interval->high, 1);
}

// Of 17 drawn from 1..17 the median is at most k where 9 or more are: a binomial sum, 0.8 % for
// k = 4, 3.6 % for 5, 10.4 % for 6. So 2.5 % lie below 5 and, on the other side, above 13; the ends
// of 90 % would be 6 and 12.
TEST(Compare, GivesTheMiddle95Percent) {
  std::vector<double> after(17);
  std::iota(after.begin(), after.end(), 1);
  const Interval interval = *compare(std::vector<double>(17, 1.0), after).interval;
  EXPECT_EQ(interval.low, 5);
  EXPECT_EQ(interval.high, 13);
}

std::vector<double> draw(std::mt19937& random, double scale) {
  std::lognormal_distribution<double> latency(0, 0.1);
  std::vector<double> values;
  for (int i = 0; i < 50; ++i) values.push_back(scale * latency(random));
  return values;
}

// What the interval promises: of series with a known ratio it holds it in 95 of 100 cases.
TEST(Compare, HoldsTheTrueRatioAsOftenAsItSays) {
  std::mt19937 random(20);
  constexpr int kCases = 200;
  int held = 0;
  for (int i = 0; i < kCases; ++i) {
    const auto before = draw(random, 1), after = draw(random, 1.1);
    const Interval interval = *compare(before, after).interval;
    held += interval.low <= 1.1 && 1.1 <= interval.high;
  }
  EXPECT_GE(held, kCases * 90 / 100);
  EXPECT_LE(held, kCases * 99 / 100);
}

// Processes whose runs do not differ, so that only the processes do.
Restarts processes(const std::vector<double>& times) {
  Restarts all;
  for (const double us : times) all.emplace_back(5, us);
  return all;
}

TEST(Compare, TakesTheMedianOverProcesses) {
  const Restarts side = {{4, 5, 60}, {30, 30, 30}, {2, 3, 8}, {7, 7, 7}, {6, 6, 90}};
  EXPECT_DOUBLE_EQ(typical(side), 6);  // of 3 5 6 7 30
  const Ratio ratio = compare(side, processes({12, 18}));
  EXPECT_DOUBLE_EQ(ratio.of_medians, 2.5);  // 15 / 6
  EXPECT_DOUBLE_EQ(ratio.of_minima, 2.5);   // of 2 4 6 7 30
  EXPECT_EQ(ratio.restarts, 2);
}

// Three drawn of three: in 1 of 27 ways all are the third, in 7 two at least are the first.
TEST(Compare, DrawsProcessesWithReplacement) {
  const Ratio ratio = compare(processes({1, 1}), processes({10, 11, 17}));
  for (const auto& interval : {ratio.interval, ratio.minima_interval}) {
    EXPECT_DOUBLE_EQ(interval->low, 10);
    EXPECT_DOUBLE_EQ(interval->high, 17);
  }
  // Of seven the median is the first only if four at least are drawn of that: a binomial sum, 1.0
  // %. It is one of the first two in 10.5 %.
  const Restarts seven = processes({1, 2, 3, 4, 5, 6, 7});
  EXPECT_DOUBLE_EQ(compare(processes({1}), seven).interval->low, 2);
  EXPECT_DOUBLE_EQ(compare(processes({1}), seven).interval->high, 6);
}

TEST(Compare, DrawsRunsWithinProcesses) {
  const Restarts before = {{1, 1, 1, 1, 1}, {1, 1, 1, 1, 1}};
  const Restarts steady = {{2, 2, 2, 2, 2}, {2, 2, 2, 2, 2}};
  const Restarts restless = {{1, 1.5, 2, 2.5, 3}, {1, 1.5, 2, 2.5, 3}};
  EXPECT_EQ(compare(before, steady).interval->low, 2);
  EXPECT_LT(compare(before, restless).interval->low, 2);
  EXPECT_GT(compare(before, restless).interval->high, 2);
}

constexpr Interval kLevel{0.97, 1.04};

// Of so many processes: minima that show nothing, or that much for sure.
Ratio medians_only(double ratio, Interval interval, size_t restarts) {
  return {1, ratio, kLevel, interval, restarts};
}
Ratio minima_only(double ratio, Interval interval, size_t restarts) {
  return {ratio, 1, interval, kLevel, restarts};
}

TEST(Judge, IsSureOnlyOfWhatTheWholeIntervalShows) {
  EXPECT_EQ(judge(minima_only(1.3, {1.06, 1.4}, 5), 1.05), Verdict::slower);
  EXPECT_EQ(judge(minima_only(1.3, {1.04, 1.4}, 5), 1.05), Verdict::level);
  EXPECT_EQ(judge(minima_only(0.8, {0.7, 0.95}, 5), 1.05), Verdict::faster);
  EXPECT_EQ(judge(minima_only(0.8, {0.7, 0.96}, 5), 1.05), Verdict::level);
  EXPECT_EQ(judge({1.3, 1.3}, 1.05), Verdict::slower) << "too few runs for an interval";
}

TEST(Judge, CannotTellLessThanProcessesDiffer) {
  EXPECT_EQ(judge({1.14, 1.14, Interval{1.13, 1.15}, Interval{1.13, 1.15}}, 1.05),
            Verdict::cannot_tell);
  EXPECT_EQ(judge({1, 1, Interval{1, 1}, Interval{1, 1}}, 1.05), Verdict::cannot_tell);
  EXPECT_EQ(judge(minima_only(0.88, {0.87, 0.89}, 1), 1.05), Verdict::cannot_tell);
  EXPECT_EQ(judge(minima_only(1.16, {1.13, 1.19}, 1), 1.05), Verdict::slower);
  EXPECT_EQ(judge(minima_only(0.86, {0.85, 0.87}, 1), 1.05), Verdict::faster);
  EXPECT_EQ(judge(minima_only(1.029, {1.01, 1.04}, 5), 1), Verdict::cannot_tell);
  EXPECT_EQ(judge(minima_only(1.031, {1.01, 1.04}, 5), 1), Verdict::slower);
  EXPECT_EQ(judge(minima_only(1.01, {0.99, 1.03}, 5), 1), Verdict::level);
}

TEST(Judge, BelievesMediansAloneFromTwiceAsMuchAndOfAFreeMachine) {
  EXPECT_EQ(judge(medians_only(1.059, {1.051, 1.07}, 5), 1.05), Verdict::cannot_tell);
  EXPECT_EQ(judge(medians_only(1.061, {1.051, 1.07}, 5), 1.05), Verdict::slower);
  EXPECT_EQ(judge(medians_only(1.5, {1.3, 1.7}, 5), 1.05, /*reliable=*/false),
            Verdict::cannot_tell);
  EXPECT_EQ(judge(medians_only(0.7, {0.6, 0.8}, 5), 1.05, false), Verdict::cannot_tell);
  EXPECT_EQ(judge(minima_only(1.5, {1.3, 1.7}, 5), 1.05, false), Verdict::slower);
}

TEST(Judge, CannotTellWhereMinimaAndMediansDisagree) {
  const Interval above{1.1, 1.3}, below{0.7, 0.9};
  EXPECT_EQ(judge({1.2, 0.8, above, below, 5}, 1.05), Verdict::cannot_tell);
  EXPECT_EQ(judge({0.8, 1.2, below, above, 5}, 1.05), Verdict::cannot_tell);
  EXPECT_EQ(judge({1.2, 1.2, above, above, 5}, 1.05), Verdict::slower);
}

}  // namespace
}  // namespace nnstretch::measure

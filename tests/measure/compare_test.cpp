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

}  // namespace
}  // namespace nnstretch::measure

#include "measure/compare.h"

#include <gtest/gtest.h>

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

#include "measure/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace nnstretch::measure {
namespace {

// By hand: in order 1 2.5 4 4 7 10; rank 4.5 is half way from 7 to 10; the squares sum up
// to 52.875.
TEST(Statistics, InterpolateBetweenRanksAndDivideByOneLess) {
  const std::vector<double> values = {7, 1, 4, 4, 10, 2.5};
  const Statistics s = summarise(values);
  EXPECT_DOUBLE_EQ(s.min, 1);
  EXPECT_DOUBLE_EQ(s.p50.value(), 4);
  EXPECT_DOUBLE_EQ(s.p90.value(), 8.5);
  EXPECT_NEAR(s.p99.value(), 9.85, 1e-12);
  EXPECT_DOUBLE_EQ(s.mean, 4.75);
  EXPECT_DOUBLE_EQ(s.std.value(), std::sqrt(52.875 / 5));
  EXPECT_EQ(s.count, 6u);
}

TEST(Statistics, OfOneValueAndOfNone) {
  const std::vector<double> one = {3};
  EXPECT_EQ(summarise(one).p99, 3);
  EXPECT_EQ(summarise(one).std, std::nullopt);
  EXPECT_EQ(summarise({}).count, 0u);
  EXPECT_EQ(summarise({}).min, 0);
  EXPECT_EQ(median({}), 0);
}

}  // namespace
}  // namespace nnstretch::measure

// The order of logits, against a sort of pairs.
#include "base/top.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>

namespace nnstretch {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
using Order = std::vector<size_t>;

TEST(Top, PutsEqualValuesLowestIndexFirst) {
  EXPECT_EQ(top(std::vector<float>{1, 3, 3, 0, 3}, 4), (Order{1, 2, 4, 0}));
  EXPECT_EQ(top(std::vector<float>(7, 0.5f), 3), (Order{0, 1, 2}));
  EXPECT_EQ(top(std::vector<float>{-0.f, 0.f}, 2), (Order{0, 1}));
  EXPECT_EQ(top(std::vector<float>{2, 1}, 5), (Order{0, 1}));
  EXPECT_EQ(top({}, 5), Order{});
}

TEST(Top, PutsNanAfterEveryNumber) {
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(top(std::vector<float>{kNan, -infinity, kNan, infinity}, 4), (Order{3, 1, 0, 2}));
}

TEST(Top, AgreesWithASortOfPairs) {
  std::mt19937 random(5);
  for (int round = 0; round < 200; ++round) {
    std::vector<float> values(random() % 40);
    for (float& value : values) value = static_cast<float>(random() % 6);  // many are equal
    std::vector<std::pair<float, size_t>> pairs;
    for (size_t i = 0; i < values.size(); ++i) pairs.emplace_back(-values[i], i);
    std::sort(pairs.begin(), pairs.end());
    const size_t count = random() % 8;
    Order wanted;
    for (size_t i = 0; i < std::min(count, pairs.size()); ++i) wanted.push_back(pairs[i].second);
    EXPECT_EQ(top(values, count), wanted);
  }
}

}  // namespace
}  // namespace nnstretch

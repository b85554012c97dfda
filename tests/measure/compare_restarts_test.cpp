// What five processes a side can tell, on times with the noise of recorded ones.
#include <gtest/gtest.h>

#include <cstdint>
#include <iterator>
#include <optional>
#include <random>

#include "measure/compare.h"
#include "measure/recorded_runs.h"

namespace nnstretch::measure {
namespace {

constexpr int kPairs = 20, kRestarts = 5;

// Stands in for an engine: a process of it takes as long as one of the recorded ones did, drawn
// with replacement, or so many times as long.
class RecordedEngine {
 public:
  explicit RecordedEngine(uint32_t seed) : random_(seed) {}

  Restarts restarts(double factor) {
    std::uniform_int_distribution<size_t> any(0, std::size(testing::kRecordedRuns) - 1);
    Restarts all;
    for (int i = 0; i < kRestarts; ++i) {
      const auto& runs = testing::kRecordedRuns[any(random_)];
      all.emplace_back(std::begin(runs), std::end(runs));
      for (double& us : all.back()) us *= factor;
    }
    return all;
  }

 private:
  std::mt19937 random_;
};

// How many of the pairs are called slower, the second side being that much slower.
int called_slower(RecordedEngine& engine, double factor) {
  int count = 0;
  for (int i = 0; i < kPairs; ++i) {
    const Restarts before = engine.restarts(1), after = engine.restarts(factor);
    const Ratio ratio = compare(before, after);
    count += judge(ratio, /*limit=*/1) == Verdict::slower;
  }
  return count;
}

bool holds(const std::optional<Interval>& interval, double ratio) {
  return interval->low <= ratio && ratio <= interval->high;
}

TEST(FiveRestartsOf, HoldTheTrueRatioAboutAsOftenAsTheySay) {
  RecordedEngine engine(7);
  constexpr int kCases = 100;
  int minima = 0, medians = 0;
  for (int i = 0; i < kCases; ++i) {
    const Restarts before = engine.restarts(1), after = engine.restarts(1.1);
    const Ratio ratio = compare(before, after);
    minima += holds(ratio.minima_interval, 1.1);
    medians += holds(ratio.interval, 1.1);
  }
  for (const int held : {minima, medians}) {
    EXPECT_GE(held, kCases * 90 / 100);
    EXPECT_LT(held, kCases) << "as wide as if nothing were known";
  }
}

class FiveRestarts : public ::testing::TestWithParam<uint32_t> {};
INSTANTIATE_TEST_SUITE_P(Seeds, FiveRestarts, ::testing::Range(1U, 7U));

TEST_P(FiveRestarts, CallNothingSlowerThanItself) {
  RecordedEngine engine(GetParam());
  EXPECT_EQ(called_slower(engine, 1), 0);
}

TEST_P(FiveRestarts, FindFivePercentInNineteenOfTwenty) {
  RecordedEngine engine(GetParam());
  EXPECT_GE(called_slower(engine, 1.05), 19);
}

TEST(OneRestart, CannotTellFivePercentNorSaysThatThereIsNone) {
  RecordedEngine engine(1);
  int told = 0;
  for (int i = 0; i < kPairs; ++i) {
    const Restarts before = engine.restarts(1), after = engine.restarts(1.05);
    const Ratio ratio = compare(before.front(), after.front());
    told += judge(ratio, 1) != Verdict::cannot_tell;
  }
  EXPECT_LE(told, 2) << "an unlucky process differs by more than 15 %";
}

}  // namespace
}  // namespace nnstretch::measure

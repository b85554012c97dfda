#include "measure/sustained.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "measure/bench.h"
#include "plan/fake_engine.h"
#include "plan/networks.h"

namespace nnstretch::measure {
namespace {

using ::testing::HasSubstr;

// A time of the test's own: each run takes what `us_at` says of its beginning, in seconds.
Sustained played(int seconds, const std::function<double(double)>& us_at) {
  double now = 5e6;
  return sustain(
      [&] {
        const double us = us_at((now - 5e6) * 1e-6);
        now += us;
        return us;
      },
      seconds, [] { return std::optional(1800); }, [&] { return now; });
}

TEST(Sustained, HasAsManySecondsAsWereAsked) {
  for (const int seconds : {1, 2, 20}) {
    const Sustained found = played(seconds, [](double) { return 10'000.0; });
    ASSERT_EQ(found.seconds.size(), static_cast<size_t>(seconds));
    for (const SustainedSecond& second : found.seconds) {
      EXPECT_NEAR(second.runs, 100, 1);
      EXPECT_EQ(second.p50_us, 10'000);
      EXPECT_EQ(second.mhz, 1800);
    }
  }
}

TEST(Sustained, ComparesTheFirstTenthWithTheLast) {
  // From second 30 of 40 on half as fast; before, one second in the middle that says nothing.
  const Sustained found = played(40, [](double at) {
    if (at >= 10 && at < 11) return 500'000.0;
    return at < 30 ? 10'000.0 : 20'000.0;
  });
  EXPECT_EQ(found.first_us(), 10'000);
  EXPECT_EQ(found.last_us(), 20'000);
  EXPECT_DOUBLE_EQ(found.ratio().value(), 2);
  EXPECT_THAT(found.note().value(), HasSubstr("after 40 s an inference took 2.00 x as long"));
  EXPECT_FALSE(played(20, [](double at) { return 10'000 + 20 * at; }).note());
}

TEST(Sustained, LeavesOutSecondsInWhichNoRunEnded) {
  const Sustained found = played(10, [](double) { return 2'500'000.0; });
  ASSERT_EQ(found.seconds.size(), 10u);
  std::vector<int> runs;
  for (const SustainedSecond& second : found.seconds) runs.push_back(second.runs);
  // Runs end at 2.5, 5, 7.5 and 10 s; what ends at the end is of no second.
  EXPECT_THAT(runs, ::testing::ElementsAre(0, 0, 1, 0, 0, 1, 0, 1, 0, 0));
  EXPECT_FALSE(found.seconds[0].p50_us);
  EXPECT_DOUBLE_EQ(found.ratio().value(), 1);
  EXPECT_FALSE(played(2, [](double) { return 9e6; }).ratio());
}

// The network is told to be slow by and by, as on a phone that gets hot.
TEST(Sustained, OfAnEngineThatSlowsDownIsANote) {
  const auto notes_of = [](double slower) {
    testing::FakeEngine engine;
    const auto begin = std::chrono::steady_clock::now();
    engine.on_run = [&](const std::string&) {
      const std::chrono::duration<double> at = std::chrono::steady_clock::now() - begin;
      std::this_thread::sleep_for(
          std::chrono::duration<double>(0.004 * (1 + slower * std::min(at.count(), 3.0))));
    };
    const Result result = bench(testing::two_branches(),
                                {.placing = {.engine = "fake"},
                                 .num_runs = 2,
                                 .warmup_runs = 0,
                                 .latency_only = true,
                                 .best = false,
                                 .energy = {.source = "off"},
                                 .sustained_s = 3},
                                engine.here())
                              .result;
    EXPECT_EQ(result.sustained.value().seconds.size(), 3u);
    return std::ranges::count_if(result.remarks.notes, [](const std::string& note) {
      return note.starts_with("it did not keep its speed: after 3 s an inference took ");
    });
  };
  EXPECT_EQ(notes_of(1), 1);
}

}  // namespace
}  // namespace nnstretch::measure

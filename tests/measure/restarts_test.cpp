#include "measure/restarts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/errors.h"

namespace nnstretch::measure {
namespace {

Timed timed(const std::vector<double>& runs, const std::string& plan = "a") {
  Timed one;
  one.result.model = "net.tflite";
  one.result.network.digest = "abc";
  one.result.runs_us = runs;
  one.result.latency = summarise(runs);
  one.result.remarks.plan_hash = plan;
  one.answers = {std::vector<std::byte>(1, static_cast<std::byte>(runs.size()))};
  return one;
}

TEST(Joined, IsTheFastestProcessWithTheRunsOfAll) {
  const auto all = joined({timed({5, 4}), timed({9, 2, 8}), timed({3, 3, 3, 3})});
  EXPECT_EQ(all.result.latency.min, 2);
  EXPECT_EQ(all.result.latency.p50, 8) << "of the same process";
  EXPECT_EQ(all.result.runs_us, (std::vector<double>{9, 2, 8}));
  EXPECT_EQ(all.answers[0][0], std::byte{3});
  EXPECT_EQ(all.result.restarts,
            (std::vector<std::vector<double>>{{5, 4}, {9, 2, 8}, {3, 3, 3, 3}}));
  EXPECT_THAT(all.result.remarks.notes, ::testing::IsEmpty());
}

TEST(Joined, SaysThatProcessesRanDifferentPlans) {
  const auto all = joined({timed({5}), timed({4}, "b"), timed({6})});
  EXPECT_THAT(all.result.remarks.notes,
              ::testing::ElementsAre(::testing::HasSubstr("3 processes ran 2 different plans")));
}

TEST(Joined, RefusesTimesOfDifferentNetworks) {
  Timed other = timed({4});
  other.result.network.digest = "def";
  EXPECT_ERROR(joined({timed({5}), other}), EngineError, "net.tflite",
               "changed while it was timed");
}

}  // namespace
}  // namespace nnstretch::measure

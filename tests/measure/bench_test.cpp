// Timing a network, from the model to the value that is written.
#include "measure/bench.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "engines/reference/evaluate.h"
#include "support/here.h"
#include "support/samples.h"

namespace nnstretch::measure {
namespace {

// Two branches of 8 x 8 values, 8 channels to 8: 4,096 multiply-adds and 64 weights each.
const ir::Model& network() {
  static const ir::Model model = [] {
    testing::Random random(1);
    return testing::random_model(R"(
      x = input i8 1x8x8x8 q=0.1,3
      a = conv x out=8 window=1x1/1x1 q=0.1,0 @1.0.cpu
      b = conv x out=8 window=1x1/1x1 q=0.1,0 @1.1.dsp
      m = concat a b axis=3 q=0.1,0 @1.-1.cpu
      output m)",
                                 random);
  }();
  return model;
}

BenchOptions quick() {
  return {.placing = {.engine = "reference"}, .num_runs = 9, .warmup_runs = 3};
}

TEST(Bench, TellsEveryRunAndKeepsTheFastestAndTheOneInTheMiddle) {
  const Result result = bench(network(), quick(), testing::here()).result;
  ASSERT_EQ(result.runs_us.size(), 9u);
  EXPECT_EQ(result.warmup_us.size(), 3u);
  auto sorted = result.runs_us;
  std::sort(sorted.begin(), sorted.end());
  ASSERT_TRUE(result.fastest && result.median);
  EXPECT_EQ(result.fastest->latency_us, sorted.front());
  EXPECT_EQ(result.latency.min, sorted.front());
  EXPECT_EQ(result.median->latency_us, sorted[4]);
  EXPECT_EQ(result.fastest->parts.size(), result.parts.size());
  EXPECT_TRUE(result.timelines.empty());
  for (const PartResult& part : result.parts) {
    EXPECT_EQ(part.engine, "reference");
    EXPECT_TRUE(part.alone_us_min) << part.name;
  }
  EXPECT_EQ(result.network.multiply_adds, 2 * 4096);
  EXPECT_EQ(result.network.parameters, 2 * 64);
  EXPECT_GT(result.resident_bytes, 1'000'000);
  EXPECT_TRUE(result.baseline);
  EXPECT_EQ(result.compiled.at("reference").parts, static_cast<int>(result.parts.size()));
}

TEST(Bench, LatencyOnlyTimesTheNetworkAndNothingElse) {
  BenchOptions options = quick();
  options.latency_only = options.keep_timelines = true;
  const Result result = bench(network(), options, testing::here()).result;
  EXPECT_FALSE(result.baseline || result.bound_us || result.split_tax.ratio);
  for (const PartResult& part : result.parts) EXPECT_FALSE(part.alone_us_min || part.operators);
  EXPECT_EQ(result.timelines.size(), 9u);
}

TEST(Bench, GivesWhatTheTimedPlanAnswersToEachInput) {
  testing::Random random(1);
  BenchOptions options = quick();
  options.latency_only = true;
  for (int i = 0; i < 3; ++i)
    options.inputs.push_back(testing::random_inputs(network().graph, random).at(0));
  const auto answers = bench(network(), options, testing::here()).answers;
  ASSERT_EQ(answers.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    const std::vector<std::vector<std::byte>> input = {options.inputs[i]};
    EXPECT_EQ(answers[i], engines::evaluate(network(), input)[0]);
  }
}

TEST(Bench, RefusesAnInputOfAnotherSizeBeforeItTimesAnything) {
  BenchOptions options = quick();
  options.inputs = {std::vector<std::byte>(3)};
  EXPECT_THROW(bench(network(), options, testing::here()), ShapeError);
}

}  // namespace
}  // namespace nnstretch::measure

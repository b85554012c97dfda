// Timing a network, from the model to the value that is written.
#include "measure/bench.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <mutex>
#include <string_view>

#include "base/error.h"
#include "base/files.h"
#include "base/threads.h"
#include "engines/reference/evaluate.h"
#include "plan/fake_engine.h"
#include "plan/networks.h"
#include "support/errors.h"
#include "support/here.h"
#include "support/paths.h"
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
  return {.placing = {.engine = "reference"},
          .num_runs = 9,
          .warmup_runs = 3,
          .energy = {.source = "off"}};
}

// As a phone does with who works in the background; the workers keep their own threads bound.
TEST(Bench, NotesCoresThatTheSystemTookAway) {
  const std::vector<int> all = allowed_cores();
  if (all.size() < 2) GTEST_SKIP() << "needs two cores";
  const auto notes_of = [&](const std::vector<int>& left) {
    const auto notes = bench(network(), quick(), testing::here(), [&](const std::string& step) {
                         if (step == "timing") pin_this_thread(left);
                       }).result.remarks.notes;
    pin_this_thread(all);
    return std::count_if(notes.begin(), notes.end(), [](const std::string& note) {
      return note.starts_with("the system took cores ");
    });
  };
  EXPECT_EQ(notes_of(all), 0);
  EXPECT_EQ(notes_of({all[0]}), 1);
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
  EXPECT_GT(result.resident_bytes, 100'000);
  EXPECT_TRUE(result.baseline);
  EXPECT_EQ(result.compiled.at("reference").parts, static_cast<int>(result.parts.size()));
}

TEST(Bench, TellsTheStartTheFirstRunAndThePeakOfMemoryApart) {
  const Result result = bench(network(), quick(), testing::here()).result;
  ASSERT_TRUE(result.start);
  EXPECT_GT(result.start->compile_us, 0);
  EXPECT_GT(result.start->first_run_us, 0);
  ASSERT_TRUE(result.start->peak_bytes);
  EXPECT_GE(*result.start->peak_bytes, result.resident_bytes.value());
}

TEST(Bench, HasAReasonWhereItHasNoEnergy) {
  BenchOptions options = quick();
  const EnergyResult energy = bench(network(), options, testing::here()).result.energy;
  EXPECT_EQ(energy.uj_per_inference, 0);
  EXPECT_EQ(energy.reason, "it was not asked for");
  options.energy.source = "watts";
  EXPECT_ERROR(bench(network(), options, testing::here()), UsageError, "no source of energy");
}

TEST(Bench, LatencyOnlyTimesTheNetworkAndNothingElse) {
  BenchOptions options = quick();
  options.latency_only = options.keep_timelines = true;
  const Result result = bench(network(), options, testing::here()).result;
  EXPECT_FALSE(result.baseline || result.bound_us || result.split_tax.ratio);
  for (const PartResult& part : result.parts) EXPECT_FALSE(part.alone_us_min || part.operators);
  EXPECT_EQ(result.timelines.size(), 9u);
}

TEST(Bench, SaysWhatItSawOfTheMachine) {
  const Result result = bench(network(), quick(), testing::here()).result;
  ASSERT_TRUE(result.signs);
  EXPECT_GE(result.signs->seconds, 0.1);
  EXPECT_GE(result.signs->anchor.value(), 1);
  EXPECT_DOUBLE_EQ(result.signs->scatter.value(), *result.latency.p50 / result.latency.min);
  EXPECT_EQ(result.signs->split_tax, result.split_tax.ratio);
  EXPECT_FALSE(result.signs->waited_s || result.signs->was_free);
  EXPECT_EQ(result.reliable, result.doubts.empty());
  EXPECT_EQ(result.doubts.size(), doubts_of(*result.signs).size());
  EXPECT_LE(result.bound_us.value(), result.latency.min);
}

// What explains the runs is timed in rounds with them, as often as they are at most.
TEST(Bench, TakesTurnsWithWhatExplainsTheRuns) {
  std::map<std::string, int> calls;
  std::mutex mutex;
  testing::FakeEngine engine;
  engine.on_run = [&](const std::string& part) {
    const std::lock_guard lock(mutex);
    ++calls[part];
  };
  std::vector<std::string> steps;
  const BenchOptions options{
      .placing = {.engine = "fake"}, .num_runs = 12, .warmup_runs = 3, .best = false};
  (void)bench(testing::two_branches(), options, engine.here(), [&](const std::string& what) {
    if (what.starts_with("timing")) steps.push_back(what);
  });
  EXPECT_EQ(std::count(steps.begin(), steps.end(), "timing the baseline"), 5);
  // Warm-up, 12 runs, and one to begin each of 4 further rounds; at most 12 more for the tax.
  EXPECT_GE(calls["two/stem..head"], 3 + 12 + 4);
  EXPECT_LE(calls["two/stem..head"], 3 + 12 + 4 + 12);
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

// Remembers in which precision it compiled what.
class Remembering : public testing::FakeEngine {
 public:
  mutable std::map<std::string, engines::Precision> precisions;  // by part
  std::shared_ptr<const engines::CompiledPart> compile(
      const ir::Model& part, const engines::Processor& processor) const override {
    precisions[processor.name] = processor.precision;
    return FakeEngine::compile(part, processor);
  }
};

BenchOptions on_machine(const std::filesystem::path& file, std::string_view text) {
  write_atomic(file, text);
  return {.placing = {.machine = file}, .num_runs = 2, .warmup_runs = 0};
}

TEST(Bench, TellsLastWhatGoesOnWhenAnEngineFails) {
  for (const char* begun : {"timing", "timing the baseline", "timing requests in flight"}) {
    testing::FakeEngine engine;
    std::vector<std::string> steps;
    engine.on_run = [&](const std::string&) {
      if (steps.back() == begun) throw EngineError({.what = "the driver is gone"});
    };
    BenchOptions options{.placing = {.engine = "fake"}, .num_runs = 2, .requests = 2};
    EXPECT_ERROR(bench(testing::two_branches(), options, engine.here(),
                       [&](const std::string& what) { steps.push_back(what); }),
                 EngineError, "the driver is gone");
    EXPECT_EQ(steps.back(), begun);
  }
}

TEST(Bench, TheBaselineComputesAsThePlansCpuDoes) {
  const testing::TemporaryFolder folder;
  const Remembering engine;
  const auto options = on_machine(folder / "m.yaml",
                                  "processors:\n"
                                  "  - {name: g, role: gpu, engine: auto, precision: f32}\n"
                                  "  - {name: d, role: dsp, engine: auto, precision: f32}\n"
                                  "  - {name: c, role: cpu, engine: auto, precision: bf16}\n");
  (void)bench(testing::two_branches(), options, engine.here());
  EXPECT_EQ(engine.precisions.at("baseline"), engines::Precision::bf16);
}

}  // namespace
}  // namespace nnstretch::measure

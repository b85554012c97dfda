#include "measure/latency.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <mutex>
#include <thread>

#include "base/threads.h"
#include "ir/text.h"
#include "measure/split_tax.h"
#include "measure/timelines.h"
#include "plan/fake_engine.h"
#include "plan/networks.h"

namespace nnstretch::measure {
namespace {

using plan::Plan;
using runtime::Order;
using runtime::Session;
using runtime::Timeline;
using ::testing::ElementsAre;
using testing::FakeEngine;
using ::testing::HasSubstr;

Plan two_branch_plan(const FakeEngine& engine) {
  return plan::make_plan(testing::two_branches(), testing::machine_of({"cpu", "dsp"}),
                         engine.here());
}

// By name, so that tests do not depend on which branch is listed first.
struct Span {
  double start, end;
};
Timeline timeline(const Plan& plan, const std::map<std::string, Span>& spans, double latency) {
  Timeline line{.begin_us = 0, .latency_us = latency, .parts = {}};
  for (const auto& part : plan.parts) {
    const Span& at = spans.at(part.name);
    line.parts.push_back({.free = 0, .start = at.start, .end = at.end});
  }
  return line;
}

Timeline example(const Plan& plan) {
  return timeline(plan,
                  {{"stem", {0, 10}},
                   {"s1.cpu", {11, 31}},  // 20
                   {"s1.dsp", {12, 22}},  // 10, all of it while s1.cpu runs
                   {"s2.cpu", {33, 63}},  // 30
                   {"s2.dsp", {43, 83}},  // 40, of which 20 beside s2.cpu
                   {"head", {84, 89}}},
                  95);
}

TEST(RunsBeside, AreFewerWhereTheyAreDear) {
  EXPECT_EQ(runs_beside(50, 0), 50);
  EXPECT_EQ(runs_beside(50, 3'000), 50);
  EXPECT_EQ(runs_beside(50, 6'000), 25);
  EXPECT_EQ(runs_beside(50, 60'000), 10);
  EXPECT_EQ(runs_beside(3, 60'000), 3);
  EXPECT_EQ(runs_beside(1'000'000, 1), 150'000);
}

TEST(CriticalPath, IsStemSlowestBranchesAndHead) {
  const FakeEngine engine;
  const Plan plan = two_branch_plan(engine);
  std::vector<double> times;
  for (const auto& part : example(plan).parts) times.push_back(part.run());
  EXPECT_DOUBLE_EQ(critical_path_us(plan, Order::parallel, times), 10 + 20 + 40 + 5);
  EXPECT_DOUBLE_EQ(critical_path_us(plan, Order::sequential, times), 10 + 20 + 10 + 30 + 40 + 5);
}

TEST(CriticalPath, CountsPartsOfOneProcessorOneAfterAnother) {
  const FakeEngine engine;
  const Plan plan =
      plan::on_one_processor(two_branch_plan(engine), testing::machine_of({"cpu"}).processors[0]);
  const std::vector<double> times(plan.parts.size(), 2);
  EXPECT_DOUBLE_EQ(critical_path_us(plan, Order::parallel, times), 12);
}

TEST(Timelines, GiveBusyTimesWaitsAndOverlap) {
  const FakeEngine engine;
  const Plan plan = two_branch_plan(engine);
  const std::vector<Timeline> runs = {example(plan)};
  EXPECT_THAT(busy_medians(plan, runs), ElementsAre(10 + 20 + 30 + 5, 10 + 40));
  std::vector<Timeline> more = {runs[0], runs[0]};
  for (auto& part : more[1].parts) part.end -= 1;
  EXPECT_THAT(busy_minima(plan, more), ElementsAre(65 - 4, 50 - 2));
  const auto points = meeting_points(plan, runs);
  ASSERT_EQ(points.size(), 2u);
  EXPECT_EQ(points[0].after_stage, 1);
  EXPECT_DOUBLE_EQ(points[0].wait_us_p50, 31 - 22);
  EXPECT_DOUBLE_EQ(points[0].hand_over_us_p50, 43 - 31);
  EXPECT_EQ(points[1].after_stage, 2);
  EXPECT_DOUBLE_EQ(points[1].wait_us_p50, 83 - 63);
  EXPECT_DOUBLE_EQ(points[1].hand_over_us_p50, 84 - 83);
  const auto shares = overlaps(plan, runs);
  ASSERT_EQ(shares.size(), 2u);
  EXPECT_EQ(shares[0].stage, 1);
  EXPECT_DOUBLE_EQ(shares[0].share_p50, 1);
  EXPECT_EQ(shares[1].stage, 2);
  EXPECT_DOUBLE_EQ(shares[1].share_p50, 20.0 / 30);
  EXPECT_DOUBLE_EQ(overhead_median(plan, Order::parallel, runs), 95 - 75);
}

// A worker that is not free yet takes its part later: that is no time of handing over.
TEST(Timelines, CountHandOversFromTheMomentAWorkerIsFree) {
  const FakeEngine engine;
  const Plan plan = two_branch_plan(engine);
  Timeline line = example(plan);  // s2.cpu begins 2 after both have arrived, s2.dsp 12
  for (size_t i = 0; i < plan.parts.size(); ++i)
    if (plan.parts[i].name == "s2.dsp") line.parts[i].free = 40;
  EXPECT_DOUBLE_EQ(meeting_points(plan, std::vector{line}).at(0).hand_over_us_p50, 43 - 40);
}

// ---- copies at meeting points

size_t index_of(const Plan& plan, const std::string& name) {
  for (size_t i = 0; i < plan.parts.size(); ++i)
    if (plan.parts[i].name == name) return i;
  throw std::out_of_range(name);
}

// Of two runs of the example whose readers of the first meeting point tell these times.
std::optional<double> copy_told(std::vector<std::optional<double>> cpu, std::vector<double> dsp) {
  const FakeEngine engine;
  const Plan plan = two_branch_plan(engine);
  std::vector<Timeline> runs;
  for (size_t i = 0; i < cpu.size(); ++i) {
    runs.push_back(example(plan));
    runs[i].parts[index_of(plan, "s2.cpu")].copy = cpu[i];
    runs[i].parts[index_of(plan, "s2.dsp")].copy = dsp[i];
  }
  return meeting_points(plan, runs).at(0).copy_us_p50;
}

TEST(Copies, AreTheLongestOfTheReadersIfAllOfThemTell) {
  EXPECT_EQ(copy_told({3, 9}, {5, 1}), (5 + 9) / 2.0);
  EXPECT_EQ(copy_told({3, std::nullopt}, {5, 1}), std::nullopt);
}

// A network that gives out what meets: a part that does nothing but join.
TEST(Copies, AreAllOfAPartThatOnlyJoins) {
  const FakeEngine engine;
  const ir::Model model{ir::parse(R"(
    x = input f32 1x4x4x4
    a = act x @0.0.cpu
    b = act x @0.1.dsp
    m = concat a b @0.-1.cpu
    output m a)"),
                        {},
                        "joins",
                        {}};
  Plan plan = plan::make_plan(model, testing::machine_of({"cpu", "dsp"}), engine.here());
  ASSERT_EQ(plan.parts.size(), 3u);
  Timeline line{.begin_us = 0, .latency_us = 20, .parts = {}};
  for (size_t i = 0; i < 3; ++i)
    line.parts.push_back({.free = 0, .start = 1.0 + 5 * i, .end = 4.0 + 6 * i});
  EXPECT_EQ(meeting_points(plan, std::vector{line}).at(0).copy_us_p50, 16 - 11);
}

// Pieces that lie side by side in memory are written there: nobody copies, no engine need tell.
TEST(Copies, AreNoneWhereValuesLieSideBySide) {
  const FakeEngine engine;
  const ir::Model model{ir::parse(R"(
    x = input f32 1x4x4x4
    a = act x @0.0.cpu
    b = act x @0.1.dsp
    m = concat a b axis=1 @0.-1.cpu
    head = mean m keep=0 @1.0.cpu
    output head)"),
                        {},
                        "rows",
                        {}};
  Session session(runtime::compile(
      plan::make_plan(model, testing::machine_of({"cpu", "dsp"}), engine.here()), engine.here()));
  session.run();
  const auto points = meeting_points(session.plan(), std::vector{session.timeline()});
  ASSERT_EQ(points.size(), 1u);
  EXPECT_EQ(points[0].copy_us_p50, 0);
}

TEST(Measure, RunsAsOftenAsAskedAndFillsEveryFigure) {
  std::atomic<int> calls = 0;
  FakeEngine engine;
  engine.on_run = [&](const std::string&) { ++calls; };
  const auto here = engine.here();
  Session session(runtime::compile(two_branch_plan(engine), here));
  const Measurement m = measure(session, {.warmup = 2, .runs = 7, .keep_timelines = true});
  EXPECT_EQ(calls, 6 * (2 + 7 + 7));  // minima are of as many runs alone as together
  EXPECT_EQ(m.latency.count, 7u);
  EXPECT_EQ(m.latencies_us.size(), 7u);
  EXPECT_EQ(m.timelines.size(), 7u);
  EXPECT_EQ(m.busy_us_p50.size(), 2u);
  EXPECT_EQ(m.part_us_p50.size(), 6u);
  ASSERT_EQ(m.alone_us.size(), 2u);
  double alone = 0;
  for (const double us : m.part_alone_us) alone += us;
  EXPECT_NEAR(m.alone_us[0] + m.alone_us[1], alone, 1e-6);
  EXPECT_EQ(m.part_alone_us.size(), 6u);
  EXPECT_EQ(m.meeting_points.size(), 2u);
  EXPECT_EQ(m.overlaps.size(), 2u);
  ASSERT_TRUE(m.bound_us);
  EXPECT_DOUBLE_EQ(*m.bound_us, critical_path_us(session.plan(), Order::parallel, m.part_alone_us));
  EXPECT_GE(m.overhead_us_p50, 0);
}

constexpr auto kPause = std::chrono::milliseconds(50);
constexpr double kPauseUs = 50'000;

// One run of each part is held up, which says nothing of the part.
TEST(Measure, TakesTheLeastTimeOfEachPartAlone) {
  std::map<std::string, int> calls;
  std::mutex mutex;
  FakeEngine engine;
  engine.on_run = [&](const std::string& part) {
    const std::lock_guard lock(mutex);
    if (++calls[part] == 2 + 3) std::this_thread::sleep_for(kPause);  // the third one alone
  };
  Session session(runtime::compile(two_branch_plan(engine), engine.here()));
  const Measurement m = measure(session, {.warmup = 0, .runs = 4});
  for (const double us : m.part_alone_us) EXPECT_LT(us, kPauseUs);
}

TEST(Measure, AsksForNoBoundWhenTold) {
  const FakeEngine engine;
  Session session(runtime::compile(two_branch_plan(engine), engine.here()), Order::sequential);
  const Measurement m = measure(session, {.warmup = 0, .runs = 3, .alone = false});
  EXPECT_FALSE(m.bound_us);
  for (const Overlap& overlap : m.overlaps) EXPECT_EQ(overlap.share_p50, 0) << overlap.stage;
}

TEST(Measure, GoesRoundInRounds) {
  const FakeEngine engine;
  Session session(runtime::compile(two_branch_plan(engine), engine.here()));
  std::vector<int> rounds;
  const Measurement m = measure(session, {.warmup = 3, .runs = 12, .beside = [&](Round round) {
                                            rounds.push_back(round.share(12));
                                          }});
  EXPECT_EQ(m.latency.count, 12u);
  EXPECT_THAT(rounds, ElementsAre(2, 2, 3, 2, 3));
}

// What a part has done beside others it can do alone: no run is faster than its bound.
TEST(Measure, TakesWhatWasFasterInARunForAPartAlone) {
  std::map<std::string, int> calls;
  std::mutex mutex;
  FakeEngine engine;
  engine.on_run = [&](const std::string& part) {
    const std::lock_guard lock(mutex);
    if (++calls[part] > 1) std::this_thread::sleep_for(kPause);  // alone
  };
  Session session(runtime::compile(two_branch_plan(engine), engine.here()));
  const Measurement m = measure(session, {.warmup = 0, .runs = 1});
  EXPECT_GT(m.bound_alone_us.value(), 4 * kPauseUs);
  EXPECT_LT(m.bound_us.value(), kPauseUs);
  EXPECT_LE(m.bound_us.value(), m.latency.min);
}

// ---- split tax

Plan bound_plan(const FakeEngine& engine) {
  plan::Machine machine = testing::machine_of({"cpu", "dsp"});
  for (auto& processor : machine.processors) processor.cores = {allowed_cores().front()};
  return plan::make_plan(testing::two_branches(), machine, engine.here());
}

TEST(SplitTax, ComparesAllPartsWithTheWholeOnOneCore) {
  std::map<std::string, int> calls;  // one worker a session, one session at a time
  FakeEngine engine;
  engine.on_run = [&](const std::string& part) { ++calls[part]; };
  const auto here = engine.here();
  const SplitTax tax =
      split_tax(testing::two_branches(), runtime::compile(bound_plan(engine), here), 4);
  ASSERT_TRUE(tax.ratio) << tax.reason;
  EXPECT_DOUBLE_EQ(*tax.ratio, tax.parts_us / tax.whole_us);
  EXPECT_EQ(tax.engine, "fake");
  EXPECT_EQ(calls["two/stem..head"], 4);
  EXPECT_EQ(calls["two/s1.dsp"], 4);
  EXPECT_EQ(calls.size(), 7u);
}

// The network and its parts get the same: one core of the first processor, and one thread.
TEST(SplitTax, ComparesOnOneCoreAndThread) {
  class Asked : public FakeEngine {
   public:
    std::shared_ptr<const engines::CompiledPart> compile(
        const ir::Model& part, const engines::Processor& processor) const override {
      asked.push_back(processor);
      return FakeEngine::compile(part, processor);
    }
    mutable std::vector<engines::Processor> asked;
  };
  const Asked engine;
  const int core = allowed_cores().front();
  plan::Machine machine = testing::machine_of({"cpu", "dsp"});
  for (auto& processor : machine.processors) {
    processor.cores = {core, core};  // there may be no second one here
    processor.threads = 2;
  }
  const auto compiled = runtime::compile(
      plan::make_plan(testing::two_branches(), machine, engine.here()), engine.here());
  engine.asked.clear();
  ASSERT_TRUE(split_tax(testing::two_branches(), compiled, 1).ratio);
  EXPECT_EQ(engine.asked.size(), 7u);
  for (const engines::Processor& processor : engine.asked) {
    EXPECT_THAT(processor.cores, ElementsAre(core));
    EXPECT_EQ(processor.threads, 1);
  }
}

TEST(SplitTax, TakesTheLeastTimesOfWholeAndParts) {
  std::map<std::string, int> calls;
  FakeEngine engine;
  engine.on_run = [&](const std::string& part) {
    if (++calls[part] == 3) std::this_thread::sleep_for(kPause);  // the last one
  };
  const auto here = engine.here();
  const SplitTax tax =
      split_tax(testing::two_branches(), runtime::compile(bound_plan(engine), here), 3);
  EXPECT_LT(tax.whole_us, kPauseUs);
  EXPECT_LT(tax.parts_us, kPauseUs);
}

TEST(SplitTax, SaysWhyThereIsNone) {
  const FakeEngine engine;
  const auto here = engine.here();
  const auto reason = [&](Plan plan) {
    const SplitTax tax =
        split_tax(testing::two_branches(), runtime::compile(std::move(plan), here));
    EXPECT_FALSE(tax.ratio);
    return tax.reason;
  };
  EXPECT_EQ(reason(two_branch_plan(engine)), "the_cpu is not bound to cores");
  EXPECT_EQ(reason(plan::make_whole_plan(testing::two_branches(),
                                         testing::machine_of({"cpu"}).processors[0])),
            "the network is one part");
  Plan mixed = bound_plan(engine);
  mixed.processors[1].precision = engines::Precision::f32;
  EXPECT_EQ(reason(mixed), "the_cpu and the_dsp are of different kinds");
  FakeEngine picky;
  const auto compiled = runtime::compile(bound_plan(picky), picky.here());
  picky.on_compile = [](const std::string& part) {
    if (part == "two/stem..head") throw EngineError({.what = "too large"});
  };
  EXPECT_THAT(split_tax(testing::two_branches(), compiled).reason, HasSubstr("too large"));
}

}  // namespace
}  // namespace nnstretch::measure

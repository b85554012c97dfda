#include "runtime/balancer.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "runtime/balanced_session.h"
#include "runtime/sessions.h"

namespace nnstretch::runtime {
namespace {

// Runs `count` times; plan p takes latency(p). How often each plan ran.
std::vector<int> run(Balancer& balancer, int count, const std::vector<double>& latency) {
  std::vector<int> times(latency.size());
  for (int i = 0; i < count; ++i) {
    const size_t plan = balancer.next();
    ++times[plan];
    balancer.took(plan, latency[plan]);
  }
  return times;
}

TEST(Balancer, NeverTriesAnotherPlanWhileTheFirstIsCalm) {
  Balancer balancer(2);
  EXPECT_EQ(run(balancer, 1000, {10, 5}), (std::vector<int>{1000, 0}));
}

TEST(Balancer, LeavesThePlanWhoseProcessorIsTakenAndComesBack) {
  Balancer balancer(2);
  run(balancer, 100, {10, 14});
  const auto busy = run(balancer, 200, {30, 14});
  EXPECT_EQ(balancer.present(), 1u);
  EXPECT_GT(busy[1], 150);
  run(balancer, 200, {10, 14});
  EXPECT_EQ(balancer.present(), 0u);
  EXPECT_EQ(balancer.changes(), 2u);
}

TEST(Balancer, StaysWhereNothingIsBetterAndSeldomTries) {
  Balancer balancer(2);
  run(balancer, 100, {10, 14});
  const auto busy = run(balancer, 550, {30, 40});
  EXPECT_EQ(balancer.present(), 0u);
  EXPECT_EQ(balancer.changes(), 0u);
  EXPECT_LE(busy[1], 60);  // five runs in fifty
}

TEST(Balancer, IsNotMovedBySingleSlowRuns) {
  Balancer balancer(2);
  for (int i = 0; i < 1000; ++i) balancer.took(balancer.next(), i % 4 == 3 ? 100 : 10);
  EXPECT_EQ(balancer.changes(), 0u);
  EXPECT_EQ(balancer.present(), 0u);
}

// Two runs of five in a row of slow ones say nothing; three do.
TEST(Balancer, JudgesByTheMedianOfFiveRuns) {
  for (const int slow : {1, 2, 3}) {
    Balancer balancer(2);
    run(balancer, 100, {10, 14});
    int tried = 0;
    for (int i = 0; i < 500; ++i) {
      const size_t plan = balancer.next();
      tried += plan == 1;
      balancer.took(plan, plan == 0 && i % 5 < slow ? 100 : 14 - 4 * (plan == 0));
    }
    EXPECT_EQ(tried > 0, slow > 2) << slow;
  }
}

TEST(Balancer, TriesEveryOtherPlan) {
  Balancer balancer(3);
  run(balancer, 100, {10, 20, 14});
  run(balancer, 100, {30, 40, 14});
  EXPECT_EQ(balancer.present(), 2u);
}

// Or it would be tried until it has run often enough, and each of its runs fails.
TEST(Balancer, EndsATrialThatFailsAndWaitsForTheNext) {
  Balancer balancer(2);
  run(balancer, 100, {10, 14});
  while (balancer.next() == 0) balancer.took(0, 30);
  balancer.failed(1);
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(balancer.next(), 0u) << i;
    balancer.took(0, 30);
  }
  EXPECT_EQ(balancer.next(), 1u);
  EXPECT_EQ(balancer.changes(), 0u);
}

TEST(Balancer, GoesRoundUntilAPlanWorks) {
  Balancer balancer(3);
  balancer.failed(0);
  EXPECT_EQ(balancer.next(), 1u);
  balancer.failed(1);
  EXPECT_EQ(balancer.next(), 2u);
  run(balancer, 60, {10, 14, 12});  // the first works again, and is found
  EXPECT_EQ(balancer.present(), 0u);
  Balancer alone(1);
  alone.failed(0);
  EXPECT_EQ(alone.next(), 0u);
}

// A plan of its own engine, which can be broken.
struct Breakable {
  explicit Breakable(const ir::Model& model) {
    engine.on_run = [this](const std::string&) {
      ++calls;
      if (broken) throw EngineError({.what = "it is broken"});
    };
    plan = compile(plan::make_whole_plan(model, testing::machine_of({"cpu"}).processors[0]),
                   engine.here());
  }
  testing::FakeEngine engine;
  std::atomic<bool> broken = false;
  std::atomic<int> calls = 0;
  std::shared_ptr<const CompiledPlan> plan;
};

TEST(BalancedSession, LeavesAPlanThatFailsForTheOneThatWorks) {
  const ir::Model model = testing::two_branches();
  Breakable first(model), spare(model);
  spare.broken = true;
  // Every latency counts as slow, so that the spare is tried at once.
  BalancedSession session({first.plan, spare.plan}, Order::parallel, {},
                          {.recent = 1, .slow = 0, .better = 0, .patience = 10});
  const auto inputs = testing::random_inputs(model.graph, 1);
  const testing::Bytes wanted = testing::fake_evaluate(model.graph, inputs)[0];
  testing::Bytes output(wanted.size());
  int errors = 0;
  const auto run = [&] {
    try {
      session.run(inputs[0], output);
      EXPECT_EQ(output, wanted);
    } catch (const EngineError&) {
      ++errors;
    }
  };
  for (int i = 0; i < 22; ++i) run();
  EXPECT_EQ(errors, 0);       // nobody asked for a trial
  EXPECT_EQ(spare.calls, 3);  // one a trial, ten runs apart
  spare.broken = false, first.broken = true, errors = 0;
  for (int i = 0; i < 5; ++i) run();
  EXPECT_EQ(errors, 1);
  EXPECT_EQ(session.last(), 1u);
  for (int i = 0; i < 22; ++i) run();  // the first is tried again, and still fails
  EXPECT_EQ(errors, 1);
}

TEST(BalancedSession, TakesACancelForNoFailureOfThePlan) {
  const ir::Model model = testing::two_branches();
  Breakable first(model), spare(model);
  BalancedSession* running = nullptr;
  first.engine.on_run = [&](const std::string&) { running->cancel(); };
  BalancedSession session({first.plan, spare.plan});
  running = &session;
  for (int i = 0; i < 3; ++i) {
    EXPECT_THROW(session.run(), Cancelled);
    EXPECT_EQ(session.last(), 0u);
  }
}

TEST(BalancedSession, GivesTheRightBytesWhicheverPlanRuns) {
  const testing::FakeEngine engine;
  const ir::Model model = testing::random_model(3);
  const auto roles = plan::roles_of(model.graph);
  const auto first = testing::compiled(engine, model, testing::machine_of(roles));
  const auto other = compile(
      plan::make_whole_plan(model, testing::machine_of({"cpu"}).processors[0]), engine.here());
  // Every latency counts as slow, so that plans change all the time.
  BalancedSession session({first, other}, Order::parallel, {},
                          {.recent = 1, .slow = 0, .better = 1e9, .patience = 1});
  std::set<size_t> ran;
  for (uint32_t i = 0; i < 100; ++i) {
    const auto inputs = testing::random_inputs(model.graph, i);
    for (size_t k = 0; k < inputs.size(); ++k)
      std::copy(inputs[k].begin(), inputs[k].end(), session.input(k).begin());
    session.run();
    ran.insert(session.last());
    const auto wanted = testing::fake_evaluate(model.graph, inputs);
    for (size_t k = 0; k < wanted.size(); ++k)
      ASSERT_TRUE(std::ranges::equal(session.output(k), wanted[k])) << "run " << i;
  }
  EXPECT_EQ(ran.size(), 2u);
}

}  // namespace
}  // namespace nnstretch::runtime

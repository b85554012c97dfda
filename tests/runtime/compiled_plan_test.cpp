#include "runtime/compiled_plan.h"

#include <gtest/gtest.h>

#include "engines/reference/evaluate.h"
#include "plan/fake_engine.h"
#include "plan/networks.h"
#include "runtime/session.h"
#include "support/here.h"
#include "support/samples.h"

namespace nnstretch::runtime {
namespace {

TEST(CompiledPlan, HasAHashThatFollowsTheChosenEngines) {
  const testing::FakeEngine one("one"), two("two");
  plan::Machine machine = testing::machine_of({"cpu", "dsp"});
  for (auto& processor : machine.processors) processor.engine = "auto";
  const plan::Plan plan = make_plan(testing::two_branches(), machine, one.here());
  EXPECT_EQ(compile(plan, one.here())->hash(), compile(plan, one.here())->hash());
  EXPECT_NE(compile(plan, one.here())->hash(), compile(plan, two.here())->hash());
}

TEST(Session, JoinsSharesIntoTheBytesOfTheNetworkOnOneCore) {
  testing::Random random(testing::base_seed());
  const ir::Model model = testing::random_model(testing::kLoneWork, random);
  const auto inputs = testing::random_inputs(model.graph, random);
  const auto wanted = engines::evaluate(model, inputs)[0];
  for (const Order order : {Order::parallel, Order::sequential}) {
    Session session(
        compile(make_plan(model, testing::two_cores(), testing::here()), testing::here()), order);
    testing::Bytes got(wanted.size());
    for (int run = 0; run < 20; ++run) {
      session.run(inputs[0], got);
      ASSERT_EQ(got, wanted);
    }
  }
}

}  // namespace
}  // namespace nnstretch::runtime

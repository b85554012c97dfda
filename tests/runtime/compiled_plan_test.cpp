#include "runtime/compiled_plan.h"

#include <gtest/gtest.h>

#include <algorithm>

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

// ---- parts that plans share

struct Counted {
  testing::FakeEngine engine{"counted"};
  int compiled = 0;
  Counted() {
    engine.on_compile = [this](const std::string&) { ++compiled; };
  }
  plan::Plan plan(const ir::Model& model) const {
    plan::Machine machine = testing::machine_of({"cpu", "dsp"});
    for (auto& processor : machine.processors) processor.engine = "counted";
    return make_plan(model, machine, engine.here());
  }
};

TEST(CompiledPlan, SharesPartsWithAPlanThatHasTheSame) {
  Counted counted;
  const plan::Plan plan = counted.plan(testing::two_branches());
  const auto first = compile(plan, counted.engine.here());
  const int once = counted.compiled;
  const auto second = compile(plan, counted.engine.here(), {}, {&first, 1});
  EXPECT_EQ(counted.compiled, once);
  EXPECT_EQ(second->hash(), first->hash());
  for (size_t i = 0; i < plan.parts.size(); ++i)
    EXPECT_EQ(&second->part(i, plan.parts[i].processor), &first->part(i, plan.parts[i].processor));
}

TEST(CompiledPlan, SharesNoPartForOtherThreadsOrPrecision) {
  Counted counted;
  const plan::Plan plan = counted.plan(testing::two_branches());
  const auto first = compile(plan, counted.engine.here());
  const auto compiled_with = [&](const auto& change) {
    plan::Plan other = plan;
    for (auto& processor : other.processors) change(processor);
    counted.compiled = 0;
    compile(other, counted.engine.here(), {}, {&first, 1});
    return counted.compiled;
  };
  const auto all = static_cast<int>(plan.parts.size());
  EXPECT_EQ(compiled_with([](auto& one) { one.name += "'"; }), 0);
  EXPECT_EQ(compiled_with([](auto& one) { one.cores = {0}; }), 0);  // its caller's core
  EXPECT_EQ(compiled_with([](auto& one) { one.threads = 2; }), all);
  EXPECT_EQ(compiled_with([](auto& one) { one.counts_ops = true; }), all);
  EXPECT_EQ(compiled_with([](auto& one) { one.precision = engines::Precision::bf16; }), all);
}

TEST(CompiledPlan, SharesNoPartWithOtherWeights) {
  Counted counted;
  testing::Random random(testing::base_seed());
  const ir::Model model = testing::random_model(testing::kLoneWork, random);
  const auto first = compile(counted.plan(model), counted.engine.here());
  const auto compiled_again = [&](const ir::Model& other) {
    counted.compiled = 0;
    compile(counted.plan(other), counted.engine.here(), {}, {&first, 1});
    return counted.compiled;
  };
  EXPECT_EQ(compiled_again(model), 0);
  ir::Model other = model;
  for (const auto& [name, tensor] : model.weights) {
    auto bytes = *tensor.bytes;
    bytes[0] ^= std::byte{1};
    ir::Tensor changed = tensor;
    changed.bytes = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
    other.weights.set(name, std::move(changed));
  }
  int with_weights = 0;
  for (const auto& part : first->plan().parts)
    with_weights += std::ranges::any_of(part.model.graph.nodes(),
                                        [](const ir::Node& node) { return !node.weights.empty(); });
  EXPECT_GT(with_weights, 0);
  EXPECT_EQ(compiled_again(other), with_weights);
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

#include "plan/alike.h"

#include <gtest/gtest.h>

#include "plan/networks.h"
#include "plan/plan.h"
#include "support/here.h"

namespace nnstretch::plan {
namespace {

using engines::Processor;
using Groups = std::vector<std::vector<size_t>>;

// Two little cores and two big ones.
const Topology kPhone = {.cores = {{.id = 0, .capacity = 300},
                                   {.id = 1, .capacity = 300},
                                   {.id = 2, .capacity = 1024},
                                   {.id = 3, .capacity = 1024}}};

Processor on(std::vector<int> cores) {
  return {.name = "p", .role = "cpu", .cores = std::move(cores)};
}

TEST(Alike, GroupsCoresOfOneKind) {
  const std::vector<Processor> processors = {on({0}), on({2}), on({1}), on({3})};
  EXPECT_EQ(alike(processors, kPhone), (Groups{{0, 2}, {1, 3}, {0, 2}, {1, 3}}));
}

TEST(Alike, KeepsApartWhatDiffersInAnythingThatCounts) {
  Processor engine = on({2}), device = on({2}), threads = on({2}), precision = on({2});
  engine.engine = "reference";
  device.device = "gpu";
  threads.threads = 2;
  precision.precision = engines::Precision::f32;
  for (const Processor& other : {engine, device, threads, precision, on({2, 3}), on({0}), on({})}) {
    const std::vector<Processor> processors = {on({3}), other};
    EXPECT_EQ(alike(processors, kPhone), (Groups{{0}, {1}}));
  }
}

TEST(ThroughputPlan, RunsWholeNetworksWhereProcessorsAreAlike) {
  const ir::Model model = testing::two_branches();
  Machine machine = testing::machine_of({"cpu", "dsp"});
  for (Processor& processor : machine.processors) processor.engine = "reference";
  machine.processors[0].cores = {2};
  machine.processors[1].cores = {3};
  const Plan plan = make_throughput_plan(model, machine, testing::here_on(kPhone));
  EXPECT_EQ(plan.parts.size(), 1u);
  EXPECT_EQ(plan.processors.size(), 2u);
  EXPECT_FALSE(plan.notes.empty());

  machine.processors[1].cores = {0};  // a little one
  EXPECT_EQ(make_throughput_plan(model, machine, testing::here_on(kPhone)).hash(),
            make_plan(model, machine, testing::here_on(kPhone)).hash());
}

TEST(ThroughputPlan, SaysWhatIsNotWhereItShouldBe) {
  Machine machine = testing::machine_of({"cpu", "dsp", "dsp"});
  for (Processor& processor : machine.processors) processor.engine = "reference";
  machine.processors[1].name = "first";
  machine.processors[1].engine = "abacus";
  machine.processors[0].cores = {2};
  machine.processors[2].cores = {3};
  const Plan plan =
      make_throughput_plan(testing::two_branches(), machine, testing::here_on(kPhone));
  ASSERT_EQ(plan.parts.size(), 1u);  // whole networks
  ASSERT_EQ(plan.fallbacks.size(), 1u);
  EXPECT_EQ(plan.fallbacks[0].op, "role dsp");
  EXPECT_EQ(plan.fallbacks[0].ran_on, "the_dsp");
}

TEST(Alike, TakesNoNoticeOfNamesAndRoles) {
  Processor dsp = on({2});
  dsp.name = "core2";
  dsp.role = "dsp";
  dsp.stand_in = true;
  const std::vector<Processor> processors = {on({3}), dsp};
  EXPECT_EQ(alike(processors, kPhone), (Groups{{0, 1}, {0, 1}}));
}

TEST(Alike, NeverPairsDevicesThatAreNoCpuOrAreNotBound) {
  Processor gpu = on({});
  gpu.device = "gpu";
  const std::vector<Processor> processors = {gpu, gpu, on({}), on({})};
  EXPECT_EQ(alike(processors, kPhone), (Groups{{0}, {1}, {2}, {3}}));
}

}  // namespace
}  // namespace nnstretch::plan

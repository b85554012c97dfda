#include "plan/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "engines/auto/auto_engine.h"
#include "plan/fake_engine.h"
#include "plan/networks.h"
#include "support/here.h"
#include "support/paths.h"
#include "support/samples.h"

namespace nnstretch::plan {
namespace {

using ::testing::ElementsAre;
using testing::FakeEngine;
using ::testing::HasSubstr;
using testing::machine_of;
using testing::two_branches;
using ::testing::UnorderedElementsAre;

std::vector<std::string> names(const Plan& plan) {
  std::vector<std::string> names;
  for (const PlanPart& part : plan.parts) names.push_back(part.name);
  return names;
}

std::vector<std::string> fallbacks(const Plan& plan) {
  std::vector<std::string> lines;
  for (const Fallback& f : plan.fallbacks)
    lines.push_back(f.op + " | " + f.reason + " | " + f.ran_on);
  return lines;
}

TEST(Plan, NamesPartsAfterStagesAndRoles) {
  const FakeEngine engine;
  const Plan plan = make_plan(two_branches(), machine_of({"cpu", "dsp"}), engine.here());
  EXPECT_EQ(plan.parts.front().name, "stem");
  EXPECT_EQ(plan.parts.back().name, "head");
  EXPECT_THAT(names(plan),
              UnorderedElementsAre("stem", "s1.cpu", "s1.dsp", "s2.cpu", "s2.dsp", "head"));
  EXPECT_EQ(plan.stages, 3);
}

TEST(Plan, JoinsEveryInputToTheBufferItsWriterFills) {
  const FakeEngine engine;
  const Plan plan = make_plan(two_branches(), machine_of({"cpu", "dsp"}), engine.here());
  std::map<size_t, size_t> writer;
  for (size_t p = 0; p < plan.parts.size(); ++p)
    for (size_t i = 0; i < plan.parts[p].outputs.size(); ++i) {
      const size_t buffer = plan.parts[p].outputs[i];
      EXPECT_TRUE(writer.emplace(buffer, p).second) << "two parts write " << buffer;
      const ir::Graph& graph = plan.parts[p].model.graph;
      EXPECT_EQ(plan.buffers[buffer].type, graph.node(graph.outputs()[i]).type);
    }
  for (const PlanPart& part : plan.parts)
    for (size_t i = 0; i < part.inputs.size(); ++i) {
      const ir::Graph& graph = part.model.graph;
      EXPECT_EQ(plan.buffers[part.inputs[i]].value, graph.node(graph.inputs()[i]).name);
      if (!writer.count(part.inputs[i])) {
        EXPECT_EQ(part.inputs[i], plan.inputs[0]);
      }
    }
}

TEST(Plan, PutsRolesThatShareAProcessorIntoOnePart) {
  const FakeEngine engine;
  Machine machine = machine_of({"cpu"});
  machine.also["dsp"] = 0;
  machine.notes = {{"the_cpu", "shared"}, {"another", "not used"}};
  const Plan plan = make_plan(two_branches(), machine, engine.here(), {.strict = true});
  EXPECT_THAT(names(plan), ElementsAre("stem..head"));
  EXPECT_EQ(plan.parts[0].role, "cpu+dsp");
  EXPECT_THAT(plan.notes, ElementsAre("shared"));
}

TEST(Plan, TakesTheFirstProcessorOfARoleThatWorksAndSaysWhyNotTheOther) {
  FakeEngine engine;
  engine.device_list.push_back(
      {.name = "npu", .full_name = "", .usable = false, .why_not = "no driver"});
  Machine machine = machine_of({"cpu", "dsp", "dsp"});
  machine.processors[1].name = "first";
  machine.processors[1].device = "npu";
  const Plan plan = make_plan(two_branches(), machine, engine.here());
  ASSERT_EQ(plan.processors.size(), 2u);
  EXPECT_EQ(plan.processors[1].name, "the_dsp");
  EXPECT_THAT(fallbacks(plan), ElementsAre("role dsp | first cannot be used: no driver | the_dsp"));
  EXPECT_THROW(make_plan(two_branches(), machine, engine.here(), {.strict = true}), EngineError);
}

TEST(Plan, PassesByAnEngineThatThisBuildLacks) {
  const FakeEngine engine;
  Machine machine = machine_of({"cpu", "dsp"});
  machine.processors[1].engine = "qnn";
  const Plan plan = make_plan(two_branches(), machine, engine.here());
  EXPECT_EQ(plan.parts.size(), 1u);
  ASSERT_EQ(plan.fallbacks.size(), 1u);
  EXPECT_EQ(plan.fallbacks[0].ran_on, "the_cpu");
  EXPECT_THAT(plan.fallbacks[0].reason, HasSubstr("'qnn'"));
}

TEST(Plan, MarksADeviceThatIsMadeOfSoftwareAsAStandInAndSaysSo) {
  FakeEngine engine;
  engine.device_list.push_back(
      {.name = "htp", .full_name = "an emulator", .emulated = true, .why_not = {}});
  Machine machine = machine_of({"cpu", "dsp"});
  machine.processors[1].device = "htp";
  const Plan plan = make_plan(two_branches(), machine, engine.here());
  ASSERT_EQ(plan.processors.size(), 2u);
  EXPECT_FALSE(plan.processors[0].stand_in);
  EXPECT_TRUE(plan.processors[1].stand_in);
  EXPECT_THAT(plan.fallbacks, ElementsAre());
  EXPECT_THAT(plan.notes, ElementsAre(HasSubstr("an emulator")));
}

TEST(Plan, MovesOnlyTheNodesAnEngineRefuses) {
  FakeEngine engine;
  engine.device_list.push_back({.name = "gpu", .full_name = "a fake", .why_not = {}});
  engine.refused = {{"gpu", "mean"}};
  Machine machine = machine_of({"cpu", "gpu"});
  machine.processors[1].device = "gpu";
  const ir::Model model{ir::parse(R"(
    x = input f32 1x4x4x4
    a = act x @1.0.gpu;  b = mean a @1.0.gpu;  c = act b @1.0.gpu;  d = act c @2.0.cpu
    output d)"),
                        {},
                        "one",
                        {}};
  const Plan plan = make_plan(model, machine, engine.here());
  EXPECT_THAT(fallbacks(plan),
              ElementsAre("b | the_gpu refuses mean: it is refused by the test | the_cpu"));
  EXPECT_THAT(names(plan), ElementsAre("s1.gpu", "s1.gpu#2", "s1.gpu#3", "head"));
  EXPECT_EQ(plan.processors[plan.parts[1].processor].name, "the_cpu");
  EXPECT_THROW(make_plan(model, machine, engine.here(), {.strict = true}), EngineError);
}

// A refusal of each of two engines is one reason to move, not two, and none against its neighbours.
TEST(Plan, MovesANodeOnceThatAllEnginesOfAutoRefuse) {
  const auto one = std::make_shared<FakeEngine>("one"), two = std::make_shared<FakeEngine>("two");
  for (const auto& engine : {one, two}) {
    engine->device_list.push_back({.name = "gpu", .full_name = "a fake", .why_not = {}});
    engine->refused = {{"gpu", "mean"}};
  }
  const testing::TemporaryFolder folder;
  const engines::AutoEngine both({one, two}, nullptr, folder / "engines.json");
  const Surroundings here =
      testing::here_with([&](std::string_view) -> const engines::Engine& { return both; });
  Machine machine = machine_of({"cpu", "gpu"});
  for (auto& processor : machine.processors) processor.engine = "auto";
  machine.processors[1].device = "gpu";
  const ir::Model model{ir::parse(R"(
    x = input f32 1x4x4x4
    a = act x @1.0.gpu;  b = mean a @1.0.gpu;  c = act b @2.0.cpu
    output c)"),
                        {},
                        "one",
                        {}};
  const Plan plan = make_plan(model, machine, here);
  EXPECT_THAT(fallbacks(plan),
              ElementsAre("b | the_gpu refuses mean: one: it is refused by the test; "
                          "two: it is refused by the test | the_cpu"));
  EXPECT_EQ(plan.processors[plan.parts[0].processor].name, "the_gpu");
}

// The input itself is at no processor.
TEST(Plan, MovesTheNodesThatReadAnInputTheEngineRefuses) {
  FakeEngine engine;
  engine.device_list.push_back({.name = "gpu", .full_name = "a fake", .why_not = {}});
  engine.refused = {{"gpu", "input"}};
  Machine machine = machine_of({"cpu", "gpu"});
  machine.processors[1].device = "gpu";
  const ir::Model model{ir::parse(R"(
    x = input f32 1x4x4x4
    a = act x @1.0.gpu;  b = act a @2.0.cpu
    output b)"),
                        {},
                        "one",
                        {}};
  const Plan plan = make_plan(model, machine, engine.here());
  EXPECT_THAT(fallbacks(plan),
              ElementsAre("a | the_gpu refuses input: it is refused by the test | the_cpu"));
  ASSERT_EQ(plan.processors.size(), 1u);
  EXPECT_EQ(plan.processors[0].name, "the_cpu");
}

TEST(Plan, FailsWhenNoProcessorTakesANode) {
  FakeEngine engine;
  engine.refused = {{"cpu", "mean"}};
  try {
    make_plan(two_branches(), machine_of({"cpu", "dsp"}), engine.here());
    FAIL() << "no error";
  } catch (const EngineError& error) {
    EXPECT_THAT(error.what(), HasSubstr("head"));
    EXPECT_THAT(error.what(), HasSubstr("the_dsp refuses mean"));
  }
}

TEST(Plan, SaysWhichRoleTheMachineLacks) {
  const FakeEngine engine;
  const Plan plan = make_plan(two_branches(), machine_of({"cpu"}), engine.here());
  EXPECT_THAT(fallbacks(plan),
              ElementsAre("role dsp | the machine has no processor for the role 'dsp' | the_cpu"));
}

TEST(Plan, ConvertsOnlyThePartsOfAFloatProcessor) {
  const FakeEngine engine;
  Machine machine = machine_of({"cpu", "dsp"});
  machine.processors[1].precision = engines::Precision::f32;
  const ir::Model model{ir::parse(R"(
    x = input i8 1x4x4x4 q=0.5,0
    a = act x q=0.5,0 @1.0.cpu;  b = act x q=0.5,0 @1.1.dsp
    m = concat a b @1.-1.cpu
    output m)"),
                        {},
                        "mixed",
                        {}};
  const Plan plan = make_plan(model, machine, engine.here());
  for (const PlanPart& part : plan.parts) {
    bool computes_float = false;
    for (const ir::Node& node : part.model.graph.nodes())
      computes_float |= node.type.dtype == DType::f32;
    EXPECT_EQ(computes_float, part.processor == 1u) << part.name;
  }
  for (const PlanBuffer& buffer : plan.buffers) EXPECT_EQ(buffer.type.dtype, DType::i8);
}

TEST(Plan, HasAHashThatFollowsWorkAndProcessors) {
  const FakeEngine engine;
  const Surroundings here = engine.here();
  const Plan plan = make_plan(two_branches(), machine_of({"cpu", "dsp"}), here);
  EXPECT_EQ(plan.hash(), make_plan(two_branches(), machine_of({"cpu", "dsp"}), here).hash());
  Machine other = machine_of({"cpu", "dsp"});
  other.processors[1].threads = 2;
  EXPECT_NE(plan.hash(), make_plan(two_branches(), other, here).hash());
  EXPECT_NE(plan.hash(), make_plan(two_branches(), machine_of({"cpu"}), here).hash());
}

TEST(Plan, OfTheWholeNetworkIsOnePartAndOnOneProcessorKeepsTheCuts) {
  const FakeEngine engine;
  const engines::Processor processor = machine_of({"cpu"}).processors[0];
  EXPECT_THAT(names(make_whole_plan(two_branches(), processor)), ElementsAre("stem..head"));
  const Plan cut = make_plan(two_branches(), machine_of({"cpu", "dsp"}), engine.here());
  const Plan moved = on_one_processor(cut, processor);
  EXPECT_EQ(names(moved), names(cut));
  EXPECT_EQ(moved.processors.size(), 1u);
}

// ---- lone work on all cores

// A convolution of one row, worth both cores: its channels are dealt, and copies join them.
ir::Model one_wide_row() {
  testing::Random random(1);
  return testing::random_model(R"(
    x = input i8 1x1x64x64 q=0.1,0
    wide = conv x out=2048 window=1x1/1x1 q=0.1,0 @0.0.cpu
    a = max_pool wide window=1x3/1x1 @1.0.cpu
    b = max_pool wide window=1x3/1x1 @1.1.dsp
    output a b)",
                               random);
}

// In how many pieces it is computed, on two cores that refuse an operator which a GPU takes.
size_t pieces_where_cores_refuse(const std::string& op) {
  FakeEngine engine;
  engine.device_list.push_back({.name = "gpu", .full_name = "a fake", .why_not = {}});
  engine.refused = {{"cpu", op}};
  Machine machine = machine_of({"cpu", "dsp", "gpu"});
  machine.processors[0].cores = {0};
  machine.processors[1].cores = {1};
  machine.processors[2].device = "gpu";
  size_t pieces = 0;
  for (const PlanPart& part : make_plan(one_wide_row(), machine, engine.here()).parts)
    for (const ir::Node& node : part.model.graph.nodes())
      pieces += std::holds_alternative<ir::Conv2d>(node.op);
  return pieces;
}

TEST(Plan, SpreadsLoneWorkWhereBothCoresTakeTheShares) {
  EXPECT_EQ(pieces_where_cores_refuse("softmax"), 2u);   // there is none
  EXPECT_EQ(pieces_where_cores_refuse("concat"), 1u);    // that would join the shares
  EXPECT_EQ(pieces_where_cores_refuse("max_pool"), 1u);  // which go to the GPU
}

}  // namespace
}  // namespace nnstretch::plan

// The engine that walks the graph: memory, bound buffers, precision, refusals.
#include "engines/reference/reference_engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/error.h"
#include "engines/reference/evaluate.h"
#include "engines/reference/memory_plan.h"
#include "engines/runner.h"
#include "ir/subgraph.h"
#include "support/errors.h"
#include "support/run_once.h"
#include "support/samples.h"

namespace nnstretch::engines {
namespace {

using namespace nnstretch::testing;
using ::testing::HasSubstr;

// Two branches that live at the same time, values of many sizes, a skip over several nodes.
constexpr std::string_view kBranches = R"(
  x = input f32 1x9x9x6
  a = conv x out=8 window=3x3/1x1 act=relu
  b = conv a out=16 window=1x1/1x1
  c = conv b out=8 window=3x3/1x1
  d = add a c act=relu
  e = conv x out=4 window=1x1/1x1 act=silu
  f = concat d e axis=3
  g = mean f keep=1
  h = mul f g
  i = conv h out=3 window=3x3/2x2 bias=1
  output i d)";

std::vector<Bytes> run_engine(const ir::Model& model, const std::vector<Bytes>& inputs,
                              const Processor& processor = {}) {
  return testing::run_once(ReferenceEngine(), model, processor, inputs);
}

std::string message_of(const auto& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(MemoryPlan, NeverGivesTwoLivingValuesTheSameMemory) {
  const ir::Graph graph = ir::parse(kBranches);
  const MemoryPlan plan = plan_memory(graph);
  for (ir::NodeId writer = 0; writer < graph.size(); ++writer)
    for (ir::NodeId other = 0; other < writer; ++other) {
      const size_t block = plan.block_of[writer];
      if (block == MemoryPlan::kOutside || plan.block_of[other] != block) continue;
      // `other` was written before; nobody may read it once `writer` is being computed.
      for (const ir::NodeId reader : graph.readers(other)) EXPECT_LT(reader, writer);
    }
}

TEST(MemoryPlan, ReusesMemoryAndFitsEveryValue) {
  const ir::Graph graph = ir::parse(kBranches);
  const MemoryPlan plan = plan_memory(graph);
  size_t inner = 0;
  for (ir::NodeId id = 0; id < graph.size(); ++id) {
    const bool outside = graph.op_if<ir::Input>(id) || graph.is_output(id);
    ASSERT_EQ(plan.block_of[id] == MemoryPlan::kOutside, outside) << graph.node(id).name;
    if (outside) continue;
    ++inner;
    EXPECT_GE(plan.block_bytes.at(plan.block_of[id]), graph.node(id).type.bytes());
  }
  EXPECT_LT(plan.block_bytes.size(), inner);
}

TEST(ReferenceEngine, GivesTheSameWhetherValuesShareMemoryOrNot) {
  Random random(base_seed());
  ir::Model model = random_model(kBranches, random);
  const auto inputs = random_inputs(model.graph, random);
  const auto shared = run_engine(model, inputs);
  std::vector<ir::NodeId> all;  // as outputs, each value has memory of its own
  for (ir::NodeId id = 1; id < model.graph.size(); ++id) all.push_back(id);
  const auto i = model.graph.find("i"), d = model.graph.find("d");
  model.graph = ir::with_outputs(model.graph, all);
  const auto apart = run_engine(model, inputs);
  EXPECT_EQ(shared[0], apart[i - 1]);
  EXPECT_EQ(shared[1], apart[d - 1]);
}

TEST(ReferenceEngine, GivesTheSameWhenItRunsAgainAndInASecondInstance) {
  Random random(base_seed());
  const ir::Model model = random_model(kBranches, random);
  const auto inputs = random_inputs(model.graph, random);
  Runner runner(ReferenceEngine(), model, {});
  const auto first = runner.run(inputs[0]);
  const Bytes once(first.begin(), first.end());
  const auto second = runner.run(inputs[0]);
  EXPECT_EQ(once, Bytes(second.begin(), second.end()));
  EXPECT_EQ(once, run_engine(model, inputs)[0]);
}

TEST(ReferenceEngine, CopiesAValueThatIsGivenOutTwiceOrComesInAndGoesOut) {
  Random random(base_seed());
  const ir::Model model =
      random_model("x = input f32 1x2x2x3; y = act x kind=relu; output y x y", random);
  const auto inputs = random_inputs(model.graph, random);
  const auto outputs = run_engine(model, inputs);
  EXPECT_EQ(outputs[1], inputs[0]);
  EXPECT_EQ(outputs[0], outputs[2]);
  EXPECT_NE(outputs[0], outputs[1]);
}

TEST(ReferenceEngine, WritesNothingBesideTheBoundBuffers) {
  Random random(base_seed());
  const ir::Model model = random_model(kBranches, random);
  const auto inputs = random_inputs(model.graph, random);
  const size_t size = model.graph.node(model.graph.outputs()[0]).type.bytes();
  Bytes around(size + 128, std::byte{0x5a}), other(4 * 9 * 9 * 8);
  Bytes in = inputs[0];
  const auto instance = ReferenceEngine().compile(model, {})->instantiate();
  const Buffer in_buffers[] = {{in.data(), in.size()}};
  const Buffer out_buffers[] = {{around.data() + 64, size}, {other.data(), other.size()}};
  instance->bind(in_buffers, out_buffers);
  instance->run();
  EXPECT_EQ(in, inputs[0]);
  for (size_t i = 0; i < 64; ++i) {
    EXPECT_EQ(around[i], std::byte{0x5a});
    EXPECT_EQ(around[64 + size + i], std::byte{0x5a});
  }
}

TEST(ReferenceEngine, RefusesBuffersOfAnotherSizeOrNumber) {
  Random random(1);
  const ir::Model model = random_model("x = input f32 1x2x2x3; y = act x; output y", random);
  const auto instance = ReferenceEngine().compile(model, {})->instantiate();
  Bytes memory(48);
  const Buffer right[] = {{memory.data(), 48}}, wrong[] = {{memory.data(), 44}};
  EXPECT_ERROR(instance->bind(right, wrong), EngineError, "the buffers do not fit");
  EXPECT_ERROR(instance->bind({}, right), EngineError, "the buffers do not fit");
}

TEST(ReferenceEngine, ComputesAnInt8GraphInFloatWhenThePrecisionIsF32) {
  Random random(base_seed());
  const ir::Model model = random_model(R"(
    x = input i8 1x6x6x8 q=0.02,-7
    y = conv x out=16 window=3x3/1x1 bias=1 act=relu q=0.3,-128
    z = conv y out=8 window=1x1/1x1 q=2.5,4
    output z)",
                                       random);
  const auto inputs = random_inputs(model.graph, random);
  Processor f32;
  f32.precision = Precision::f32;
  const auto a = values_of<int8_t>(run_engine(model, inputs)[0]);
  const auto b = values_of<int8_t>(run_engine(model, inputs, f32)[0]);
  int differ = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_LE(std::abs(a[i] - b[i]), 2);  // the value between is not rounded to int8
    differ += a[i] != b[i];
  }
  EXPECT_GT(differ, 0);
}

TEST(ReferenceEngine, SaysWhichNodesItRefusesAndWhy) {
  const ReferenceEngine engine;
  const ir::Graph silu = ir::parse(
      "x = input i8 1x2x2x3 q=0.1,0; y = act x kind=silu q=0.1,0; z = conv y out=3 window=1x1 "
      "act=gelu q=0.1,0; output z");
  const auto refusals = engine.supports(silu, {}).refusals;
  ASSERT_EQ(refusals.size(), 2u);
  EXPECT_EQ(refusals[0].node, "y");
  EXPECT_THAT(refusals[0].reason, HasSubstr("sigmoid and a product"));
  EXPECT_EQ(refusals[1].node, "z");
  Processor elsewhere;
  elsewhere.device = "gpu";
  EXPECT_FALSE(engine.supports(ir::parse("x = input f32 1x2; output x"), elsewhere).complete());
  EXPECT_THAT(message_of([&] { engine.compile({silu, {}, "net", {}}, {}); }), HasSubstr("'y'"));
}

TEST(ReferenceEngine, NamesAWeightOfTheWrongType) {
  Random random(1);
  ir::Model model = random_model(
      "x = input i8 1x2x2x3 q=0.1,0; y = conv x out=3 window=1x1 q=0.1,0; output y", random);
  const std::vector<float> floats(9, 1.0f);
  model.weights.set("y.weight", ir::make_tensor<float>({3, 3, 1, 1}, floats));
  EXPECT_THAT(message_of([&] { ReferenceEngine().compile(model, {}); }), HasSubstr("y.weight"));
}

TEST(ReferenceEngine, ReportsAnImpossibleScaleWhenItRuns) {
  Random random(1);
  const ir::Model model =
      random_model("x = input i8 1x2x2x3 q=1e30,0; y = quantize x q=1e-30,0; output y", random);
  EXPECT_ERROR(evaluate(model, random_inputs(model.graph, random)), EngineError,
               "y: scales differ by the factor 1.0", "quantise the graph again");
}

TEST(Evaluate, RefusesInputsThatDoNotFit) {
  Random random(1);
  const ir::Model model = random_model("x = input f32 1x2x2x3; y = act x; output y", random);
  EXPECT_ERROR(evaluate(model, {}), ShapeError, "0 inputs for a graph of 1");
  const std::vector<Bytes> short_input = {Bytes(44)};
  EXPECT_THAT(message_of([&] { evaluate(model, short_input); }), HasSubstr("44"));
}

}  // namespace
}  // namespace nnstretch::engines

// The engine qnn beyond its numbers, which are in ops_test.cpp: order, buffers, threads, refusals,
// and a machine that has not installed it.
#include "engines/qnn/qnn_engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "base/error.h"
#include "engines/libraries.h"
#include "engines/op_samples.h"
#include "engines/qnn/htp_graph.h"
#include "engines/reference/evaluate.h"
#include "engines/runner.h"
#include "ir/passes/fuse_activations.h"
#include "support/absent.h"
#include "support/errors.h"
#include "support/paths.h"

namespace nnstretch::engines {
namespace {

using testing::Bytes;
using ::testing::HasSubstr;

const Processor kHtp = {.name = "test", .role = "dsp", .device = "htp"};

class Qnn : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto reason = testing::why_absent(engine_, "htp")) GTEST_SKIP() << *reason;
  }
  QnnEngine engine_{library_folder()};
};

ir::Model model_of(const char* text) {
  testing::Random random(1);
  return testing::random_model(text, random);
}

TEST_F(Qnn, TakesInputsAndGivesOutputsInTheOrderOfTheGraph) {
  const ir::Model model = model_of(R"(
    b = input i8 1x2x3x4 q=0.1,0
    a = input i8 1x2x3x4 q=0.1,0
    twice = add a a q=0.2,0
    moved = concat b a axis=3
    flat = mean b keep=0 q=0.1,0
    output moved twice flat)");
  testing::Random random(2);
  const auto inputs = testing::random_inputs(model.graph, random);
  const Runner runner(engine_, model, kHtp);
  for (size_t i = 0; i < inputs.size(); ++i)
    std::memcpy(runner.input(i).data(), inputs[i].data(), inputs[i].size());
  runner.run();
  const auto expected = evaluate(model, inputs);
  for (size_t i = 0; i < expected.size(); ++i)
    for (size_t k = 0; k < expected[i].size(); ++k)
      ASSERT_NEAR(int8_t(runner.output(i)[k]), int8_t(expected[i][k]), 1) << i << " " << k;
}

TEST_F(Qnn, InstancesOfOnePartRunAtTheSameTimeAndOutliveEngineAndPart) {
  const ir::Model model = model_of(
      "x = input i8 1x14x14x16 q=0.05,3; y = conv x out=16 window=3x3 act=relu q=0.5,-9; output y");
  const size_t bytes = model.graph.node(model.graph.inputs()[0]).type.bytes();
  std::vector<std::unique_ptr<PartInstance>> instances;
  std::vector<AlignedBytes> inputs, outputs;
  {
    const QnnEngine engine(library_folder());
    const auto part = engine.compile(model, kHtp);
    for (int i = 0; i < 3; ++i) instances.push_back(part->instantiate());
  }
  testing::Random random(3);
  const auto value = testing::random_inputs(model.graph, random);
  std::vector<std::thread> threads;
  for (auto& instance : instances) {
    inputs.emplace_back(bytes), outputs.emplace_back(bytes);
    std::memcpy(inputs.back().data(), value[0].data(), bytes);
    instance->bind(std::vector{Buffer{inputs.back().data(), bytes}},
                   std::vector{Buffer{outputs.back().data(), bytes}});
  }
  for (auto& instance : instances)
    threads.emplace_back([&] {
      for (int run = 0; run < 5; ++run) instance->run();
    });
  for (std::thread& thread : threads) thread.join();
  const Bytes expected = evaluate(model, value)[0];
  for (const AlignedBytes& output : outputs)
    for (size_t i = 0; i < bytes; ++i)
      ASSERT_NEAR(int8_t(output.bytes()[i]), int8_t(expected[i]), 1);
}

TEST_F(Qnn, RefusesBuffersOfAnotherNumberOrSize) {
  const ir::Model model = model_of("x = input i8 1x1x1x64 q=1,0; y = add x x q=2,0; output y");
  const auto instance = engine_.compile(model, kHtp)->instantiate();
  const AlignedBytes memory(256);
  const std::vector<Buffer> none, one = {{memory.data(), 64}}, small = {{memory.data(), 60}};
  EXPECT_ERROR(instance->bind(none, one), EngineError, "0 input buffers for 1 inputs");
  EXPECT_ERROR(instance->bind(one, small), EngineError, "output 0 has 60 bytes", "needs 64");
}

TEST_F(Qnn, MarksTheEmulatorOfX86) {
  const auto devices = engine_.devices();
  ASSERT_EQ(devices.size(), 1u);
#if defined(__x86_64__)
  EXPECT_TRUE(devices[0].emulated);
  EXPECT_THAT(devices[0].full_name, HasSubstr("emulated"));
#else
  EXPECT_FALSE(devices[0].emulated);
#endif
}

// These need nothing installed.

TEST(QnnEngine, RefusesFloatGraphsOtherDevicesAndWhatIsNotOneOperator) {
  const QnnEngine engine("nowhere");
  const auto reasons = [&](const char* text, const Processor& processor) {
    std::vector<std::string> all;
    for (const auto& refusal : engine.supports(ir::parse(text), processor).refusals)
      all.push_back(refusal.op + ": " + refusal.reason);
    return all;
  };
  EXPECT_THAT(reasons("x = input f32 1x2; y = add x x; output y", kHtp),
              ::testing::Each(HasSubstr("this is f32")));
  EXPECT_THAT(reasons("x = input i8 1x2 q=1,0; y = act x kind=gelu q=1,0; output y", kHtp),
              ::testing::ElementsAre(HasSubstr("act: the int8 gelu")));
  EXPECT_THAT(reasons("x = input i8 1x2 q=1,0; y = add x x q=2,0; output y",
                      {.name = {}, .role = {}, .device = "gpu"}),
              ::testing::Contains(HasSubstr("QNN has no device 'gpu'")));
}

TEST(QnnEngine, SaysHowItIsInstalledWhereItIsNot) {
  const testing::TemporaryFolder empty;
  const QnnEngine engine(empty.path());
  const auto devices = engine.devices();
  ASSERT_EQ(devices.size(), 1u);
  EXPECT_FALSE(devices[0].usable);
  EXPECT_THAT(devices[0].why_not, HasSubstr("scripts/setup --qnn"));
  const ir::Model model = model_of("x = input i8 1x64 q=1,0; y = add x x q=2,0; output y");
  EXPECT_ERROR(engine.compile(model, kHtp), EngineError, "qnn: it is not installed",
               "scripts/setup --qnn");
}

// By the reference kernels, with scales and zero points that clamp above, below, on both sides and
// on none.
TEST(SeparateActivations, KeepsEveryByte) {
  for (const char* act : {"relu", "relu6"})
    for (const char* quant : {"0.05,-128", "0.02,-128", "0.05,-100", "0.02,-90", "0.04,60"})
      for (const char* op : {"conv x out=8 window=3x3", "add x x", "sub k x", "mul x x"}) {
        const ir::Model model =
            model_of(fmt::format("x = input i8 1x5x5x8 q=0.03,-7; k = constant i8 8 q=0.05,3; "
                                 "y = {} act={} q={}; output y",
                                 op, act, quant)
                         .c_str());
        ir::Model apart = model;
        apart.graph = ir::separate_activations(model.graph);
        for (const ir::Node& node : apart.graph.nodes())
          EXPECT_EQ(ir::print(apart.graph, apart.graph.find(node.name)).find("act=relu"),
                    std::string::npos);
        testing::Random random(5);
        const auto inputs = testing::random_inputs(model.graph, random);
        EXPECT_EQ(evaluate(apart, inputs), evaluate(model, inputs)) << op << act << quant;
      }
}

TEST(HtpGraph, HasEndsThatAnOnnxFileShowsAsNhwc) {
  const ir::Graph graph = qnn::htp_graph(ir::parse(
      "x = input i8 1x2x3x4 q=1,0; y = add x x q=2,0; z = mean y keep=0 q=2,0; output z y"));
  // Such a file moves the last dimension of ours to the second place.
  EXPECT_EQ(graph.node(graph.inputs()[0]).type.shape, (ir::Shape{1, 3, 4, 2}));
  EXPECT_EQ(graph.node(graph.outputs()[0]).type.shape, (ir::Shape{1, 4}));
  EXPECT_EQ(graph.node(graph.outputs()[1]).type.shape, (ir::Shape{1, 3, 4, 2}));
}

}  // namespace
}  // namespace nnstretch::engines

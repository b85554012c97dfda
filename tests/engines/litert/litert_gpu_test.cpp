// LiteRT on a GPU: SwiftShader's, which Debian brings with chromium-common. That operators compute
// the right numbers is in ops_test.cpp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "base/error.h"
#include "engines/litert/gpu_model.h"
#include "engines/litert/litert_engine.h"
#include "engines/op_samples.h"
#include "engines/reference/evaluate.h"
#include "engines/runner.h"
#include "support/absent.h"

namespace nnstretch::engines {
namespace {

using testing::Bytes;

const Processor kGpu = {.name = "test", .role = "gpu", .device = "gpu"};

class OnGpu : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto reason = testing::why_absent(engine_, "gpu")) GTEST_SKIP() << *reason;
  }
  LiteRtEngine engine_;
};

ir::Model int8_convolution() {
  testing::Random random(1);
  return testing::random_model(
      "x = input i8 1x14x14x24 q=0.05,3; y = conv x out=16 window=3x3/2x2 act=relu q=0.5,-128; "
      "output y",
      random);
}

TEST_F(OnGpu, SaysThatSwiftShaderIsTheCpuAndWhatItDoesWithInt8) {
  const auto devices = engine_.devices();
  if (devices[1].full_name.find("SwiftShader") == std::string::npos)
    GTEST_SKIP() << "no GPU of software: $VK_ICD_FILENAMES names another driver";
  EXPECT_TRUE(devices[1].emulated);
  EXPECT_THAT(engine_.compile(int8_convolution(), kGpu)->notes(),
              ::testing::ElementsAre(::testing::HasSubstr("in float")));
}

TEST_F(OnGpu, ResultsAreThereWhenRunReturnsRunAfterRun) {
  const ir::Model model = int8_convolution();
  const Runner runner(engine_, model, kGpu);
  testing::Random random(2);
  for (int run = 0; run < 20; ++run) {
    const auto inputs = testing::random_inputs(model.graph, random);
    std::memcpy(runner.input(0).data(), inputs[0].data(), inputs[0].size());
    runner.run();
    const Bytes expected = evaluate(model, inputs)[0];
    for (size_t i = 0; i < expected.size(); ++i)
      ASSERT_NEAR(int(runner.output(0)[i]), int(expected[i]), 1) << "run " << run << " at " << i;
  }
}

TEST_F(OnGpu, InstancesOfOnePartRunFromSeveralThreads) {
  const ir::Model model = int8_convolution();
  const auto part = engine_.compile(model, kGpu);
  const ir::Graph& graph = model.graph;
  const size_t in = graph.node(graph.inputs()[0]).type.bytes(),
               out = graph.node(graph.outputs()[0]).type.bytes();
  std::vector<AlignedBytes> inputs, outputs;
  std::vector<std::unique_ptr<PartInstance>> instances;
  for (int i = 0; i < 3; ++i) {
    inputs.emplace_back(in), outputs.emplace_back(out);
    instances.push_back(part->instantiate());
    instances.back()->bind(std::vector{Buffer{inputs.back().data(), in}},
                           std::vector{Buffer{outputs.back().data(), out}});
  }
  std::vector<std::thread> threads;
  for (auto& instance : instances)
    threads.emplace_back([&] {
      for (int run = 0; run < 10; ++run) instance->run();
    });
  for (std::thread& thread : threads) thread.join();
  const Bytes expected(outputs[0].bytes().begin(), outputs[0].bytes().end());
  EXPECT_NE(expected, Bytes(out));
  for (const AlignedBytes& output : outputs)
    EXPECT_EQ(Bytes(output.bytes().begin(), output.bytes().end()), expected);
}

// The accelerator would fail if it were asked for times.
TEST_F(OnGpu, TellsNothingOfOperatorsThoughItIsAskedTo) {
  Processor counting = kGpu;
  counting.counts_ops = true;
  const Runner runner(engine_, int8_convolution(), counting);
  runner.run();
  EXPECT_TRUE(runner.op_times().empty());
}

// As a session that begins or ends while another one runs.
TEST_F(OnGpu, PartsAreMadeAndEndWhileOthersRun) {
  const ir::Model model = int8_convolution();
  const Runner runner(engine_, model, kGpu);
  testing::Random random(3);
  const auto inputs = testing::random_inputs(model.graph, random);
  std::memcpy(runner.input(0).data(), inputs[0].data(), inputs[0].size());
  runner.run();
  const Bytes expected(runner.output(0).begin(), runner.output(0).end());
  std::atomic<bool> done = false;
  std::thread others([&] {
    for (int i = 0; i < 5; ++i) {
      Runner other(engine_, model, kGpu);
      EXPECT_EQ(Bytes(other.run(inputs[0]).begin(), other.output(0).end()), expected);
    }
    done = true;
  });
  int wrong = 0, runs = 0;
  for (; !done; ++runs) {
    runner.run();
    wrong += !std::equal(expected.begin(), expected.end(), runner.output(0).begin());
  }
  others.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_GT(runs, 0);
}

// Whether SwiftShader is there or not.
TEST(GpuModel, GivesTheBytesOfThePartItWasMadeOf) {
  for (const char* conv : {
           "conv x out=18 window=3x3/1x1 groups=3 bias=1 act=relu",
           "conv x out=12 window=1x1/2x2 groups=2",
           "conv x out=7 window=1x1/2x2 bias=1",
           "conv x out=7 window=1x1/2x3+1,0,2,1",
           "conv x out=12 window=3x3/2x2 groups=12",
       })
    for (const char* shape : {"1x8x9x12", "2x7x6x12"}) {
      testing::Random random(3);
      const ir::Model model = testing::random_model(
          fmt::format("x = input i8 {} q=0.05,3; y = {} q=0.5,-20; output y", shape, conv), random);
      const auto inputs = testing::random_inputs(model.graph, random);
      EXPECT_EQ(evaluate(litert::gpu_model(model), inputs), evaluate(model, inputs)) << conv;
    }
}

TEST(GpuModel, HasNoGroupsAndNoPointThatStrides) {
  testing::Random random(4);
  const ir::Model model = testing::random_model(
      "x = input i8 1x8x8x12 q=0.05,3; y = conv x out=12 window=1x1/2x2 groups=2 q=0.5,0; output y",
      random);
  for (const ir::Node& node : litert::gpu_model(model).graph.nodes())
    if (const auto* conv = std::get_if<ir::Conv2d>(&node.op)) {
      EXPECT_EQ(conv->groups, 1);
      EXPECT_EQ(conv->window.kernel.h, 2);
    }
}

}  // namespace
}  // namespace nnstretch::engines

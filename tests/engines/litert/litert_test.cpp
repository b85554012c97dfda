// LiteRT as an engine: order of arguments, refusals, buffers and instances. That its operators
// compute the right numbers is in ops_test.cpp.
#include "engines/litert/litert_engine.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <random>
#include <thread>

#include "base/clock.h"
#include "base/error.h"
#include "base/threads.h"
#include "engines/reference/reference_engine.h"
#include "engines/runner.h"
#include "formats/model_file.h"
#include "formats/sample_model.h"
#include "support/errors.h"
#include "support/paths.h"
#include "support/run_once.h"
#include "support/samples.h"
#include "support/thread_cores.h"

namespace nnstretch::engines {
namespace {

using testing::run_once;
using testing::sample_graphs;
using testing::sample_model;
using testing::SampleGraph;
using Bytes = std::vector<std::byte>;

Processor on(const std::string& device, int threads = 1) {
  Processor processor;
  processor.name = "test";
  processor.device = device;
  processor.threads = threads;
  return processor;
}

Bytes random_value(const ir::TensorType& type, unsigned seed) {
  std::mt19937 random(seed);
  Bytes bytes(type.bytes());
  if (type.dtype == DType::i8) {
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
    return bytes;
  }
  std::vector<float> values(bytes.size() / sizeof(float));
  for (float& value : values) value = std::uniform_real_distribution<float>(-3, 3)(random);
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

std::vector<Bytes> random_inputs(const ir::Graph& graph) {
  std::vector<Bytes> inputs;
  for (const ir::NodeId id : graph.inputs())
    inputs.push_back(random_value(graph.node(id).type, id + 1));
  return inputs;
}

class EveryLowering : public ::testing::TestWithParam<SampleGraph> {};
INSTANTIATE_TEST_SUITE_P(LiteRt, EveryLowering, ::testing::ValuesIn(sample_graphs()),
                         [](const auto& info) { return info.param.name; });

TEST_P(EveryLowering, ComputesTheSameAfterWritingAndReading) {
  const ir::Model model = sample_model(GetParam().text);
  const testing::TemporaryFolder folder;
  write_model(folder / "model.tflite", model);
  const ir::Model back = read_model(folder / "model.tflite");
  const auto inputs = random_inputs(model.graph);
  EXPECT_EQ(run_once(ReferenceEngine(), back, on("cpu"), inputs),
            run_once(ReferenceEngine(), model, on("cpu"), inputs));
}

TEST(LiteRt, TakesInputsAndGivesOutputsInTheOrderOfTheGraph) {
  // twelve inputs: by name "input_10" would come before "input_2"
  std::string text;
  for (int i = 0; i < 12; ++i) text += fmt::format("x{} = input f32 1x1x1x4;", i);
  text += "a = add x2 x10; b = mul x3 x11; output b a";
  std::vector<Bytes> inputs;
  for (int i = 0; i < 12; ++i) {
    const std::vector<float> value(4, static_cast<float>(i));
    const auto bytes = std::as_bytes(std::span(value));
    inputs.emplace_back(bytes.begin(), bytes.end());
  }
  const auto outputs = run_once(LiteRtEngine(), sample_model(text), on("cpu"), inputs);
  float b = 0, a = 0;
  std::memcpy(&b, outputs[0].data(), sizeof b), std::memcpy(&a, outputs[1].data(), sizeof a);
  EXPECT_EQ(b, 33);
  EXPECT_EQ(a, 12);
}

TEST(LiteRt, NamesTheDeviceItDoesNotKnow) {
  const LiteRtEngine engine;
  const ir::Model model = sample_model("x = input f32 1x1x1x4; y = add x x; output y");
  EXPECT_ERROR(engine.compile(model, on("tpu")), EngineError, "no device 'tpu'",
               "cpu, gpu, builtin, reference");
  EXPECT_FALSE(engine.supports(model.graph, on("tpu")).complete());
  EXPECT_TRUE(engine.supports(model.graph, on("cpu")).complete());
}

TEST(LiteRt, ListsTheCpuAndTheGpuOrWhyThereIsNone) {
  const auto devices = LiteRtEngine().devices();
  ASSERT_EQ(devices.size(), 2u);
  EXPECT_TRUE(devices[0].name == "cpu" && devices[0].usable) << devices[0].why_not;
  EXPECT_EQ(devices[1].name, "gpu");
  EXPECT_NE(devices[1].usable, !devices[1].why_not.empty());
}

TEST(LiteRt, RefusesTheNodeThatAFileCannotHold) {
  const ir::Graph graph =
      ir::parse("x = input f32 1x2x2x4; n = batch_norm x; y = add n n; output y");
  const Support support = LiteRtEngine().supports(graph, on("cpu"));
  ASSERT_EQ(support.refusals.size(), 1u);
  EXPECT_EQ(support.refusals[0].node, "n");
  EXPECT_EQ(support.refusals[0].op, "batch_norm");
}

TEST(LiteRt, NotesThatXnnpackDoesNotTakeAnInt8HardSwish) {
  const LiteRtEngine engine;
  const auto notes = [&](std::string_view text) {
    return engine.compile(sample_model(text), on("cpu"))->notes();
  };
  EXPECT_THAT(
      notes("x = input i8 1x4x4x8 q=0.05,3; y = act x kind=hard_swish q=0.04,-100; output y"),
      ::testing::SizeIs(1));
  for (const SampleGraph& sample : sample_graphs()) {
    const bool has_such = sample.name == "activations" || sample.name == "float_convolutions" ||
                          sample.name == "max_pool_of_signed_values";  // PADV2
    EXPECT_THAT(notes(sample.text), ::testing::SizeIs(has_such)) << sample.name;
  }
}

TEST(LiteRt, RefusesBuffersThatItCannotUseInPlace) {
  const ir::Model model = sample_model("x = input f32 1x1x1x16; y = add x x; output y");
  const auto instance = LiteRtEngine().compile(model, on("cpu"))->instantiate();
  const AlignedBytes memory(256);
  const Buffer good{memory.data(), 64}, crooked{memory.data() + 4, 64}, small{memory.data(), 60};
  const std::vector<Buffer> none, one = {good}, two = {good, good};
  EXPECT_ERROR(instance->bind(none, one), EngineError, "0 input buffers for 1 inputs");
  EXPECT_ERROR(instance->bind(one, two), EngineError, "2 output buffers for 1 outputs");
  EXPECT_ERROR(instance->bind(one, std::vector{crooked}), EngineError, "output 0 has 64 bytes",
               "a multiple of 64");
  EXPECT_ERROR(instance->bind(std::vector{small}, one), EngineError, "input 0 has 60 bytes",
               "needs 64");
}

TEST(LiteRt, ReadsAndWritesTheBoundMemoryItself) {
  const ir::Model model = sample_model("x = input f32 1x1x1x16; y = add x x; output y");
  const auto instance = LiteRtEngine().compile(model, on("cpu"))->instantiate();
  const AlignedBytes in(64), out(64);
  auto* const x = reinterpret_cast<float*>(in.data());
  const auto* const y = reinterpret_cast<const float*>(out.data());
  instance->bind(std::vector{Buffer{in.data(), 64}}, std::vector{Buffer{out.data(), 64}});
  for (int i = 1; i < 5; ++i) {
    x[15] = static_cast<float>(i);
    instance->run();
    EXPECT_EQ(y[15], 2 * i);
  }
}

size_t open_files() {
  const std::filesystem::directory_iterator files("/proc/self/fd"), end;
  return static_cast<size_t>(std::distance(files, end));
}

TEST(LiteRt, ClosesWhatItOpenedForAnInstance) {
  const ir::Model model = sample_model(sample_graphs()[2].text);
  for (const char* device : {"cpu", "builtin"}) {
    const auto part = LiteRtEngine().compile(model, on(device));
    (void)part->instantiate();
    const size_t before = open_files();
    for (int i = 0; i < 3; ++i) (void)part->instantiate();
    EXPECT_EQ(open_files(), before) << device;
  }
}

TEST(LiteRt, CopiesAnInputThatDoesNotBeginWhereLiteRtWants) {
  const ir::Model model = sample_model("x = input f32 1x1x1x16; y = add x x; output y");
  const auto instance = LiteRtEngine().compile(model, on("cpu"))->instantiate();
  const AlignedBytes in(128), out(64);
  auto* const x = reinterpret_cast<float*>(in.data() + 4);
  instance->bind(std::vector{Buffer{in.data() + 4, 64}}, std::vector{Buffer{out.data(), 64}});
  for (int i = 1; i < 5; ++i) {
    x[15] = static_cast<float>(i);
    instance->run();
    EXPECT_EQ(reinterpret_cast<const float*>(out.data())[15], 2 * i);
  }
}

TEST(LiteRt, InstancesOfOnePartRunAtTheSameTimeAndOutliveEngineAndPart) {
  const ir::Model model = sample_model(sample_graphs()[2].text);
  const auto inputs = random_inputs(model.graph);
  const auto wanted = run_once(LiteRtEngine(), model, on("cpu"), inputs);
  std::vector<std::unique_ptr<PartInstance>> instances;
  {
    const LiteRtEngine engine;
    const auto part = engine.compile(model, on("cpu"));
    for (int i = 0; i < 3; ++i) instances.push_back(part->instantiate());
  }
  std::vector<AlignedBytes> outputs;
  for (size_t i = 0; i < instances.size(); ++i) outputs.emplace_back(wanted[0].size());
  std::vector<std::thread> threads;
  for (size_t i = 0; i < instances.size(); ++i)
    threads.emplace_back([&, i] {
      const AlignedBytes in(inputs[0].size());
      std::memcpy(in.data(), inputs[0].data(), in.size());
      instances[i]->bind(std::vector{Buffer{in.data(), in.size()}},
                         std::vector{Buffer{outputs[i].data(), outputs[i].size()}});
      for (int round = 0; round < 200; ++round) instances[i]->run();
    });
  for (std::thread& thread : threads) thread.join();
  for (const AlignedBytes& output : outputs)
    EXPECT_EQ(std::memcmp(output.data(), wanted[0].data(), output.size()), 0);
}

// Or a processor of several cores would compute on those of others.
TEST(LiteRt, BindsTheThreadsOfAProcessorToItsCores) {
  const std::vector<int> all = allowed_cores();
  if (all.size() < 2) GTEST_SKIP() << "there is one core only";
  Processor processor{.name = "test", .role = "cpu", .cores = {all.back()}, .threads = 2};
  const LiteRtEngine engine;
  const auto before = testing::cores_of_other_threads();
  const auto part = engine.compile(sample_model(sample_graphs()[0].text), processor);
  const auto first = part->instantiate(), second = part->instantiate();
  size_t pool = 0;
  for (const auto& [thread, cores] : testing::cores_of_other_threads())
    if (!before.contains(thread)) {
      EXPECT_EQ(cores, processor.cores);
      ++pool;
    }
  EXPECT_GE(pool, 2u) << "nobody else computes";
  EXPECT_EQ(allowed_cores(), all);
}

TEST(LiteRt, TellsWhatEachOperatorTookIfItIsAskedTo) {
  const LiteRtEngine engine;
  testing::Random random(1);
  const ir::Model model = testing::random_model(R"(
    x = input i8 1x56x56x64 q=0.05,3
    y = conv x out=64 window=3x3 q=0.5,0
    z = mean y keep=0 q=0.1,0
    output z)",
                                                random);
  Processor processor;
  const auto kernels = [&](const std::string& device, bool counts) {
    processor.device = device;
    processor.counts_ops = counts;
    const Runner runner(engine, model, processor);
    std::vector<std::string> kernels;
    for (int run = 0; run < 2; ++run) {
      const double begin = now_us();
      runner.run();
      const double took = now_us() - begin;
      kernels.clear();
      double sum = 0;
      for (const OpTime& op : runner.op_times()) kernels.push_back(op.kernel), sum += op.us;
      EXPECT_EQ(sum > 0, counts);
      EXPECT_LE(sum, took);
    }
    return fmt::format("{}", fmt::join(kernels, "; "));
  };
  EXPECT_THAT(kernels("cpu", true), ::testing::MatchesRegex("Convolution .*; Mean .*"));
  EXPECT_EQ(kernels("builtin", true), "CONV_2D; MEAN");
  EXPECT_EQ(kernels("cpu", false), "");
}

TEST(LiteRt, CompilesFromSeveralThreadsAtOnce) {
  const LiteRtEngine engine;
  const ir::Model model = sample_model(sample_graphs()[4].text);
  const auto inputs = random_inputs(model.graph);
  const auto wanted = run_once(engine, model, on("cpu"), inputs);
  std::vector<std::thread> threads;
  std::vector<std::vector<Bytes>> got(4);
  for (size_t i = 0; i < got.size(); ++i)
    threads.emplace_back(
        [&, i] { got[i] = run_once(engine, model, on("cpu", 1 + int(i) % 2), inputs); });
  for (std::thread& thread : threads) thread.join();
  for (const auto& outputs : got) EXPECT_EQ(outputs, wanted);
}

}  // namespace
}  // namespace nnstretch::engines

// LiteRT as an engine: what it computes, what it refuses, and that buffers are bound without a
// copy.
#include "engines/litert/litert_engine.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <new>
#include <random>

#include "base/error.h"
#include "ir/text.h"

namespace nnstretch::engines {
namespace {

using ir::Model;
using ir::Tensor;

struct Aligned {
  explicit Aligned(size_t bytes) : size(bytes), storage(bytes + 64 + 128) {
    const auto address = reinterpret_cast<uintptr_t>(storage.data());
    data = storage.data() + (64 - address % 64) % 64;
  }
  Buffer buffer() { return {data, size}; }
  size_t size;
  std::vector<std::byte> storage;
  std::byte* data;
};

Tensor floats(ir::Shape shape, std::mt19937& random) {
  std::vector<float> values(static_cast<size_t>(ir::count(shape)));
  std::uniform_real_distribution<float> draw(-1, 1);
  for (float& value : values) value = draw(random);
  return ir::make_tensor<float>(std::move(shape), values);
}

// A float model with random weights.
Model model_of(std::string_view text) {
  Model model{.graph = ir::parse(text), .weights = {}, .name = "test", .preprocess = {}};
  std::mt19937 random(7);
  for (const auto& [name, shape] : ir::weight_slots(model.graph))
    model.weights.set(name, floats(shape, random));
  return model;
}

using Values = std::vector<std::vector<float>>;

Processor on(const std::string& device) {
  Processor processor;
  processor.name = "test";
  processor.device = device;
  return processor;
}

Values run_on(const std::string& device, const Model& model, const Values& in) {
  const LiteRtEngine engine;
  const auto part = engine.compile(model, on(device));
  const auto instance = part->instantiate();
  std::vector<Aligned> memory;
  std::vector<Buffer> inputs, outputs;
  for (const auto& values : in) {
    inputs.push_back(memory.emplace_back(values.size() * 4).buffer());
    std::memcpy(inputs.back().data, values.data(), inputs.back().bytes);
  }
  for (const auto id : model.graph.outputs())
    outputs.push_back(memory.emplace_back(model.graph.node(id).type.bytes()).buffer());
  instance->bind(inputs, outputs);
  instance->run();
  Values out;
  for (const Buffer& buffer : outputs) {
    out.emplace_back(buffer.bytes / 4);
    std::memcpy(out.back().data(), buffer.data, buffer.bytes);
  }
  return out;
}

TEST(LiteRt, AddsTwoInputsInTheOrderOfTheGraphAndGivesOutputsInTheirs) {
  // twelve inputs: by name "input_10" would come before "input_2"
  std::string text;
  for (int i = 0; i < 12; ++i) text += fmt::format("x{} = input f32 1x1x1x4;", i);
  text += "a = add x2 x10; b = mul x3 x11; output b a";
  Values in;
  for (int i = 0; i < 12; ++i) in.push_back(std::vector<float>(4, static_cast<float>(i)));
  const Values out = run_on("cpu", model_of(text), in);
  EXPECT_EQ(out[0], std::vector<float>(4, 33));
  EXPECT_EQ(out[1], std::vector<float>(4, 12));
}

TEST(LiteRt, NamesTheDeviceItDoesNotKnow) {
  const LiteRtEngine engine;
  const Model model = model_of("x = input f32 1x1x1x4; y = add x x; output y");
  EXPECT_THROW(engine.compile(model, on("gpu")), EngineError);
  EXPECT_FALSE(engine.supports(model.graph, on("gpu")).complete());
  EXPECT_TRUE(engine.supports(model.graph, on("cpu")).complete());
}

}  // namespace
}  // namespace nnstretch::engines

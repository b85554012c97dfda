#include "ir/passes/to_float.h"

#include <gtest/gtest.h>

#include <random>

#include "engines/reference/evaluate.h"
#include "ir/text.h"

namespace nnstretch::ir {
namespace {

using Bytes = std::vector<std::byte>;

// Scales are powers of two and results have enough room, so int8 arithmetic rounds nowhere and the
// float network must agree with it bit for bit.
Model exact_model() {
  Model model{parse(R"(
    x = input i8 1x4x4x2 q=0.5,0
    c = conv x out=2 window=1x1 bias=1 act=relu q=0.125,-128 @1.0.cpu
    d = quantize c q=0.0625,-128 @1.0.cpu
    m = max_pool x window=3x3/1x1 @1.0.cpu
    j = concat m x @1.-1.cpu
    output d j)"),
              {},
              "exact",
              {}};
  const std::vector<int8_t> weights = {1, -1, 2, 1};
  const std::vector<int32_t> bias = {3, -2};
  model.weights.set("c.weight", make_tensor<int8_t>({2, 2, 1, 1}, weights, {0.25f, 0.5f}));
  model.weights.set("c.bias", make_tensor<int32_t>({2}, bias, {0.125f, 0.25f}));
  return model;
}

Bytes small_input(uint32_t seed) {
  std::mt19937 random(seed);
  Bytes bytes(32);
  for (std::byte& byte : bytes)
    byte = static_cast<std::byte>(static_cast<int8_t>(random() % 9) - 4);
  return bytes;
}

TEST(ToFloat, ComputesTheSameWhereInt8DoesNotRound) {
  const Model model = exact_model(), real = to_float(model);
  for (uint32_t seed = 0; seed < 20; ++seed) {
    const std::vector<Bytes> inputs = {small_input(seed)};
    EXPECT_EQ(engines::evaluate(real, inputs), engines::evaluate(model, inputs)) << seed;
  }
}

TEST(ToFloat, KeepsTypesAndNamesAtTheBoundaryAndFloatsAllBetween) {
  const Model model = exact_model(), real = to_float(model);
  ASSERT_EQ(real.graph.outputs().size(), model.graph.outputs().size());
  for (size_t i = 0; i < model.graph.outputs().size(); ++i) {
    const Node& before = model.graph.node(model.graph.outputs()[i]);
    const Node& after = real.graph.node(real.graph.outputs()[i]);
    EXPECT_EQ(after.name, before.name);
    EXPECT_EQ(after.type, before.type);
  }
  EXPECT_EQ(real.graph.node(real.graph.inputs()[0]).type, model.graph.node(0).type);
  int dequantised = 0, quantised = 0;
  for (const Node& node : real.graph.nodes()) {
    dequantised += std::holds_alternative<Dequantize>(node.op);
    quantised += std::holds_alternative<Quantize>(node.op);
    const bool at_boundary =
        std::holds_alternative<Input>(node.op) || std::holds_alternative<Quantize>(node.op);
    EXPECT_EQ(node.type.dtype, at_boundary ? DType::i8 : DType::f32) << node.name;
  }
  EXPECT_EQ(dequantised, 1);
  EXPECT_EQ(quantised, 2);
}

TEST(ToFloat, LeavesFloatModelsAlone) {
  const Model model{parse("x = input f32 1x2x2x4; y = act x; output y"), {}, "f", {}};
  EXPECT_EQ(print(to_float(model).graph), print(model.graph));
}

TEST(ToFloat, DoneTwiceIsDoneOnce) {
  const Model once = to_float(exact_model());
  const std::vector<Bytes> inputs = {small_input(7)};
  EXPECT_EQ(engines::evaluate(to_float(once), inputs), engines::evaluate(once, inputs));
}

TEST(ToFloat, PassesAnInputThatIsAnOutput) {
  const Model model{
      parse("x = input i8 1x2x2x4 q=0.5,0; y = act x q=0.5,0; output x y"), {}, "p", {}};
  const Graph graph = to_float(model).graph;
  EXPECT_EQ(graph.outputs()[0], graph.inputs()[0]);
}

}  // namespace
}  // namespace nnstretch::ir

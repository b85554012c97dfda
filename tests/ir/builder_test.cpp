// What the builder refuses, node by node, and what a finished graph knows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "ir/graph.h"
#include "ir/text.h"

namespace nnstretch::ir {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

NodeSpec input(std::string name, Shape shape = {1, 4, 4, 8}) {
  return {.name = std::move(name), .op = Input{{DType::f32, std::move(shape), {}}}};
}

struct Wrong {
  const char* text;       // after x (1x4x4x8), i and j (int8, different scales)
  const char* complaint;  // and the node is always named
};
class WrongNode : public ::testing::TestWithParam<Wrong> {};

TEST_P(WrongNode, IsRefusedByNameAndReason) {
  const std::string text = std::string(
                               "x = input f32 1x4x4x8; i = input i8 1x4x4x8 q=0.1,0; "
                               "j = input i8 1x4x4x8 q=0.2,0; v = input f32 1x8; ") +
                           GetParam().text;
  try {
    parse(text);
    FAIL() << "no error";
  } catch (const ShapeError& error) {
    EXPECT_EQ(error.message().where, "bad");
    EXPECT_THAT(error.message().what, HasSubstr(GetParam().complaint));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Many, WrongNode,
    ::testing::Values(
        Wrong{"bad = add x", "2 operands"}, Wrong{"bad = act x x", "1 operands"},
        Wrong{"bad = concat", "operands"}, Wrong{"bad = add x i", "types"},
        Wrong{"bad = conv x out=3 window=3x3 groups=2", "groups"},
        Wrong{"bad = conv x out=0 window=3x3", "groups"},
        Wrong{"bad = conv x out=4 window=3x3 groups=0", "groups"},
        Wrong{"bad = conv x out=4 window=9x9/1x1+0,0,0,0", "does not fit"},
        Wrong{"bad = conv x out=4 window=3x3/0x1", "does not fit"},
        Wrong{"bad = conv x out=4 window=0x0", "does not fit"},
        Wrong{"bad = conv v out=4 window=1x1", "NHWC"},
        Wrong{"bad = max_pool v window=1x1", "NHWC"}, Wrong{"bad = mean v", "NHWC"},
        Wrong{"bad = linear x out=4", "linear"}, Wrong{"bad = linear v out=0", "linear"},
        Wrong{"o = input f32 1x5; bad = add x o", "fit together"},
        Wrong{"o = input f32 1x2x1x8; bad = mul o x", "fit together"},
        Wrong{"bad = reshape x shape=1x100", "other elements"},
        Wrong{"bad = reshape x shape=1x-128x-1", "other elements"},
        Wrong{"bad = transpose x order=0x1x2", "no order"},
        Wrong{"bad = transpose x order=0x1x1x3", "no order"},
        Wrong{"bad = pad x pads=0,0,-1,0", "cannot pad"}, Wrong{"bad = pad v", "cannot pad"},
        Wrong{"u = input u8 1x8 q=0.1,3; bad = act u q=0.1,0", "uint8"},
        Wrong{"bad = quantize x to=f32 q=0.1,0", "int8 or uint8"},
        Wrong{"bad = constant i8 1x8", "needs a scale"}, Wrong{"bad = concat x v", "cannot join"},
        Wrong{"bad = concat x x axis=4", "axis"}, Wrong{"bad = concat x x axis=-1", "axis"},
        Wrong{"bad = slice x axis=3 begin=4 size=5", "not in"},
        Wrong{"bad = slice x axis=3 begin=-1 size=2", "not in"},
        Wrong{"bad = slice x axis=3 begin=2147483647 size=2147483647", "not in"},
        Wrong{"bad = slice x axis=3 begin=0 size=0", "not in"},
        Wrong{"bad = shuffle x groups=3", "shuffled"},
        Wrong{"bad = shuffle x groups=0", "shuffled"}, Wrong{"bad = concat i j", "differ in scale"},
        Wrong{"bad = slice i size=8 q=0.3,0", "scale"}, Wrong{"bad = act i", "needs a scale"},
        Wrong{"bad = act x q=0.1,0", "has a scale"}, Wrong{"bad = input i8 1x2", "needs a scale"},
        Wrong{"bad = act i q=0,0", "not a scale"}, Wrong{"bad = act i q=-1,0", "not a scale"},
        Wrong{"bad = act i q=nan,0", "not a scale"}, Wrong{"bad = act i q=inf,0", "not a scale"},
        Wrong{"bad = act i q=0.1,128", "zero point"}, Wrong{"bad = act i q=0.1,-129", "zero point"},
        Wrong{"bad = input f32 1x0x3", "empty"}, Wrong{"bad = input f32 1x-4", "empty"},
        Wrong{"bad = input f32 4294967296x4294967296x4294967296", "too large"},
        Wrong{"bad = conv x out=2147483647 window=1x1/1x1+99999,99999,99999,99999", "too large"},
        Wrong{"bad = act x; bad = act x", "used twice"},
        Wrong{"bad = conv x out=4 window=1x1 w=a,b", "needs 1 weights"}));

TEST(GraphBuilder, RefusesOperandsThatComeLaterAndOutputsThatAreNotThere) {
  GraphBuilder builder;
  const NodeId x = builder.add(input("x"));
  EXPECT_THROW(builder.add({.name = "y", .op = Activation{}, .inputs = {x + 1}}), ShapeError);
  EXPECT_THROW(std::move(builder).finish({7}), ShapeError);
}

TEST(GraphBuilder, StaysUsableAfterARefusal) {
  GraphBuilder builder;
  const NodeId x = builder.add(input("x"));
  EXPECT_THROW(builder.add({.name = "y", .op = Mean{}, .inputs = {}}), ShapeError);
  const NodeId y = builder.add({.name = "y", .op = Mean{}, .inputs = {x}});
  const Graph graph = std::move(builder).finish({y});
  EXPECT_EQ(graph.size(), 2u);
  EXPECT_THAT(graph.readers(x), ElementsAre(y));
}

TEST(Graph, KnowsReadersInputsAndOutputs) {
  const Graph graph = parse(
      "x = input f32 1x4x4x8; y = act x; z = mul y y; w = add y z; u = input f32 1x2; output w y");
  EXPECT_THAT(graph.inputs(), ElementsAre(0, 4));
  EXPECT_THAT(graph.outputs(), ElementsAre(3, 1));
  EXPECT_THAT(graph.readers(1), ElementsAre(2, 3));  // y is read twice by z, which counts once
  EXPECT_THAT(graph.readers(3), IsEmpty());
  EXPECT_TRUE(graph.is_output(1));
  EXPECT_FALSE(graph.is_output(2));
  EXPECT_EQ(graph.find("w"), 3u);
  EXPECT_THROW(graph.find("nobody"), ShapeError);
}

TEST(Graph, InfersTypes) {
  const Graph graph = parse(R"(
    x = input i8 1x9x7x8 q=0.5,3
    c = conv x out=6 window=3x3/2x2 q=0.25,-1
    p = max_pool c window=3x3/2x2
    k = concat p p
    s = slice k axis=3 begin=1 size=5
    m = mean s keep=0 q=0.125,0
    d = dequantize m
    q = quantize d q=1,1
    output q)");
  const auto type = [&](std::string_view name) { return graph.node(graph.find(name)).type; };
  EXPECT_EQ(type("c"), (TensorType{DType::i8, {1, 5, 4, 6}, Quant{0.25f, -1}}));
  EXPECT_EQ(type("p"), (TensorType{DType::i8, {1, 3, 2, 6}, Quant{0.25f, -1}}));
  EXPECT_EQ(type("k").shape, (Shape{1, 3, 2, 12}));
  EXPECT_EQ(type("s"), (TensorType{DType::i8, {1, 3, 2, 5}, Quant{0.25f, -1}}));
  EXPECT_EQ(type("m"), (TensorType{DType::i8, {1, 5}, Quant{0.125f, 0}}));
  EXPECT_EQ(type("d"), (TensorType{DType::f32, {1, 5}, {}}));
  EXPECT_EQ(type("q"), (TensorType{DType::i8, {1, 5}, Quant{1, 1}}));
}

TEST(WeightSlots, ListEachNameOnceWithItsPyTorchShape) {
  const Graph graph = parse(R"(
    x = input f32 1x4x4x8
    a = conv x out=6 window=3x5 groups=2 bias=1
    b = batch_norm a
    c = conv x out=6 window=3x5 groups=2 w=a.weight
    m = mean c keep=0
    f = linear m out=10
    output f b)");
  std::vector<std::string> slots;
  for (const auto& [name, shape] : weight_slots(graph))
    slots.push_back(name + " " + to_string(shape));
  EXPECT_THAT(slots,
              ElementsAre("a.weight 6x4x3x5", "a.bias 6", "b.weight 6", "b.bias 6",
                          "b.running_mean 6", "b.running_var 6", "f.weight 10x6", "f.bias 10"));
}

TEST(CheckWeights, NamesWhatIsMissingOrOfAnotherShape) {
  const Graph graph = parse("x = input f32 1x4; y = linear x out=2; output y");
  const std::vector<float> eight(8), two(2);
  WeightStore store;
  store.set("y.weight", make_tensor<float>({2, 4}, eight));
  try {
    check_weights(graph, store);
    FAIL();
  } catch (const ShapeError& error) {
    EXPECT_EQ(error.message().where, "y.bias");
  }
  store.set("y.bias", make_tensor<float>({2}, two));
  EXPECT_NO_THROW(check_weights(graph, store));
  store.set("y.weight", make_tensor<float>({4, 2}, eight));
  EXPECT_THROW(check_weights(graph, store), ShapeError);
}

TEST(ContentHash, ChangesWithEveryNumberAndFieldAndWithNothingElse) {
  const std::vector<float> weights = {1, 2, 3, 4}, other = {1, 2, 3, 5};
  const auto hash = [](std::string_view text, const std::vector<float>& values) {
    WeightStore store;
    store.set("y.weight", make_tensor<float>({2, 2, 1, 1}, values));
    store.set("unused", make_tensor<float>({1}, std::span(values).first(1)));
    return content_hash(parse(text), store);
  };
  const std::string text = "x = input f32 1x4x4x2; y = conv x out=2 window=1x1; output y";
  EXPECT_EQ(hash(text, weights), hash(text, weights));
  EXPECT_NE(hash(text, weights), hash(text, other));
  EXPECT_NE(hash(text, weights),
            hash("x = input f32 1x4x4x2; y = conv x out=2 window=1x1 act=relu; output y", weights));
  EXPECT_NE(hash(text, weights),
            hash("x = input f32 1x4x5x2; y = conv x out=2 window=1x1; output y", weights));
}

}  // namespace
}  // namespace nnstretch::ir

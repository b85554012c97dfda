// Graphs as text: what is printed is read back the same; what is not text of a graph is refused.
#include "ir/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace nnstretch::ir {
namespace {

using ::testing::HasSubstr;

// Every operator, every field away from its default.
constexpr std::string_view kAll = R"(
  x = input f32 1x8x8x4 @0.0.cpu
  c = conv x out=8 window=3x5/2x1+1,2,0,3 groups=2 bias=1 act=relu6 w=net.c.weight,c_bias @1.0.cpu
  n = batch_norm c eps=0.001 @1.1.gpu
  a = act n kind=hard_swish @1.1.dsp
  p = max_pool a window=2x2/2x2+0,0,0,0
  m = mean p keep=1
  g = mul p m act=relu
  s = add g p act=relu6
  k = concat s g axis=1
  l = slice k axis=3 begin=1 size=4
  h = shuffle l groups=4
  v = mean h keep=0
  f = linear v out=10 act=silu
  q = quantize f q=0.125,-7
  r = quantize q q=1e-07,127
  d = dequantize r
  output d f
)";

TEST(Text, ReadsBackWhatItPrints) {
  const Graph graph = parse(kAll);
  const Graph again = parse(print(graph));
  EXPECT_EQ(print(again), print(graph));
  ASSERT_EQ(again.size(), graph.size());
  for (NodeId id = 0; id < graph.size(); ++id) {
    const Node &a = graph.node(id), &b = again.node(id);
    EXPECT_EQ(a.name, b.name);
    EXPECT_EQ(a.type, b.type) << a.name;
    EXPECT_EQ(a.inputs, b.inputs) << a.name;
    EXPECT_EQ(a.weights, b.weights) << a.name;
    EXPECT_EQ(a.at, b.at) << a.name;
    EXPECT_EQ(name_of(a.op), name_of(b.op));
  }
  EXPECT_EQ(again.outputs(), graph.outputs());
}

TEST(Text, FillsTheFieldsItWasGiven) {
  const Graph graph = parse(kAll);
  const Conv2d& conv = *graph.op_if<Conv2d>(1);
  EXPECT_EQ(conv.out_channels, 8);
  EXPECT_EQ(conv.window, (Window{{3, 5}, {2, 1}, {1, 2, 0, 3}}));
  EXPECT_EQ(conv.groups, 2);
  EXPECT_TRUE(conv.bias);
  EXPECT_EQ(conv.act, Act::relu6);
  EXPECT_EQ(graph.node(1).weights, (std::vector<std::string>{"net.c.weight", "c_bias"}));
  EXPECT_EQ(graph.node(2).at, (Place{1, 1, "gpu"}));
  EXPECT_EQ(graph.op_if<BatchNorm>(2)->eps, 0.001f);
  EXPECT_EQ(graph.node(graph.find("q")).type.quant, (Quant{0.125f, -7}));
}

TEST(Text, HasDefaults) {
  const Graph graph = parse("x = input f32 1x8x8x4; y = conv x out=4 window=5x5/2x2; output y");
  EXPECT_EQ(graph.op_if<Conv2d>(1)->window, Window::square(5, 2));
  EXPECT_EQ(graph.op_if<Conv2d>(1)->groups, 1);
  EXPECT_EQ(graph.node(1).weights, std::vector<std::string>{"y.weight"});
  EXPECT_EQ(graph.node(1).at, Place{});
}

TEST(Text, PrintsScalesThatReadBackToTheSameBits) {
  for (const float scale : {0.1f, 1.0f / 3, 1e-30f, 1.3e36f, 0.0078431377f}) {
    const Graph graph = parse(print(parse("x = input i8 1x2 q=" + std::to_string(0.5) + ",0")));
    GraphBuilder builder;
    builder.add({.name = "x", .op = Input{{DType::i8, {1, 2}, Quant{scale, 3}}}});
    const Graph exact = std::move(builder).finish({0});
    EXPECT_EQ(parse(print(exact)).node(0).type.quant->scale, scale);
  }
}

TEST(Text, IgnoresEmptyStatements) {
  EXPECT_EQ(parse(";;\n  \nx = input f32 1x2;\n;output x;\n").size(), 1u);
  EXPECT_EQ(parse("").size(), 0u);
}

struct Broken {
  const char* text;
  const char* complaint;
};
class BrokenText : public ::testing::TestWithParam<Broken> {};

TEST_P(BrokenText, IsRefusedWithTheWordThatIsWrong) {
  try {
    parse(GetParam().text);
    FAIL() << "no error";
  } catch (const Error& error) {  // FormatError for text, ShapeError for what it means
    EXPECT_THAT(error.what(), HasSubstr(GetParam().complaint));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Many, BrokenText,
    ::testing::Values(Broken{"x", "x"}, Broken{"x input", "x input"},
                      Broken{"x = inputt f32 1x2", "inputt"}, Broken{"x = input f32", "shape"},
                      Broken{"x = input f32 1xtwo", "two"}, Broken{"x = input f32 1x-", "-"},
                      Broken{"x = input f32 99999999999999999999", "99999999999999999999"},
                      Broken{"x,y = input f32 1x2", "a comma"}, Broken{"y = act x", "x"},
                      Broken{"output x", "x"},
                      Broken{"x = input f32 1x2; y = act x kind=swosh", "swosh"},
                      Broken{"x = input f32 1x8x8x4; y = conv x out=4 window=3", "3"},
                      Broken{"x = input f32 1x8x8x4; y = conv x out=4 window=3x3/2x2+1,1", "1,1"},
                      Broken{"x = input f32 1x8x8x4; y = conv x out=4.5 window=3x3", "4.5"},
                      Broken{"x = input i8 1x2 q=0.1", "0.1"}, Broken{"x = input i8 1x2", "scale"},
                      Broken{"x = input f32 1x2 @1.2", "1.2"}));

}  // namespace
}  // namespace nnstretch::ir

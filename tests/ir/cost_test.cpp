// Multiply-adds, parameters and activations as pycls counts them (complexity functions of its
// blocks): a convolution k*k*in*out*h*w/groups (+ out*h*w with bias), a norm 2 numbers a channel, a
// linear layer in*out+out, a pool only its outputs.
#include <gtest/gtest.h>

#include "ir/graph.h"
#include "ir/text.h"

namespace nnstretch::ir {
namespace {

Cost cost_of(std::string_view text) {
  const Graph graph = parse(text);
  const auto id = static_cast<NodeId>(graph.size() - 1);
  const auto in = graph.input_shapes(id);
  return std::visit([&](const auto& op) { return cost(op, in, graph.node(id).type.shape); },
                    graph.node(id).op);
}

TEST(Cost, OfConvolutions) {
  EXPECT_EQ(cost_of("x = input f32 1x56x56x64; y = conv x out=128 window=3x3/2x2"),
            (Cost{3 * 3 * 64 * 128 * 28 * 28, 3 * 3 * 64 * 128, 128 * 28 * 28}));
  EXPECT_EQ(cost_of("x = input f32 1x28x28x96; y = conv x out=96 window=5x5/1x1 groups=96"),
            (Cost{5 * 5 * 96 * 28 * 28, 5 * 5 * 96, 96 * 28 * 28}));
  EXPECT_EQ(cost_of("x = input f32 1x1x1x96; y = conv x out=8 window=1x1/1x1 bias=1"),
            (Cost{96 * 8 + 8, 96 * 8 + 8, 8}));
}

// No two sides of image, window and strides are equal: 8 rows, 6 columns come out.
TEST(Cost, OfWindowsAndImagesThatAreNotSquare) {
  EXPECT_EQ(cost_of("x = input f32 1x8x12x3; y = conv x out=4 window=3x5/1x2"),
            (Cost{3 * 5 * 3 * 4 * 8 * 6, 3 * 5 * 3 * 4, 4 * 8 * 6}));
  EXPECT_EQ(cost_of("x = input f32 1x8x12x6; y = conv x out=6 window=3x5/1x2 groups=3 bias=1"),
            (Cost{(3 * 5 * 2 * 6 + 6) * 8 * 6, 3 * 5 * 2 * 6 + 6, 6 * 8 * 6}));
  EXPECT_EQ(cost_of("x = input f32 1x8x12x5; y = max_pool x window=3x5/1x2"),
            (Cost{0, 0, 5 * 8 * 6}));
}

TEST(Cost, OfTheOthers) {
  EXPECT_EQ(cost_of("x = input f32 1x7x7x64; y = batch_norm x"), (Cost{0, 128, 0}));
  EXPECT_EQ(cost_of("x = input f32 1x9x9x64; y = max_pool x window=3x3/2x2"),
            (Cost{0, 0, 5 * 5 * 64}));
  EXPECT_EQ(cost_of("x = input f32 1x512; y = linear x out=1000"),
            (Cost{512 * 1000 + 1000, 512 * 1000 + 1000, 1000}));
  for (const char* free : {"act x", "mean x", "add x x", "mul x x", "concat x x", "slice x size=2",
                           "shuffle x", "quantize x q=1,0"})
    EXPECT_EQ(cost_of(std::string("x = input f32 1x4x4x8; y = ") + free), Cost{}) << free;
}

TEST(Cost, AddsUp) {
  Cost sum{1, 2, 3};
  sum += {10, 20, 30};
  EXPECT_EQ(sum, (Cost{11, 22, 33}));
}

}  // namespace
}  // namespace nnstretch::ir

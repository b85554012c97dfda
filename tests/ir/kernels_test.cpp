// The other operators in float: small cases by hand, properties elsewhere. int8 bits are compared
// with LiteRT's in tests/engines/int8_golden_test.cpp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "ir/run_op.h"

namespace nnstretch::ir {
namespace {

using namespace nnstretch::testing;
using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::Pointwise;
using Floats = std::vector<float>;

TEST(Activation, HasTheValuesOfPyTorch) {
  const Floats x = {-4.0f, -1.5f, 0.0f, 0.5f, 2.0f, 8.0f};
  const std::map<std::string, Floats> expected = {
      {"none", x},
      {"relu", {0, 0, 0, 0.5f, 2, 8}},
      {"relu6", {0, 0, 0, 0.5f, 2, 6}},
      {"silu", {-0.0719448f, -0.2736383f, 0, 0.3112297f, 1.7615942f, 7.9973173f}},
      {"gelu", {-0.0001266f, -0.1002108f, 0, 0.3457312f, 1.9544997f, 8.0f}},
      {"sigmoid", {0.0179862f, 0.1824255f, 0.5f, 0.6224593f, 0.8807970f, 0.9996647f}},
      {"hard_swish", {0, -0.375f, 0, 0.2916667f, 1.6666667f, 8}},
  };
  for (const auto& [kind, values] : expected)
    EXPECT_THAT(run_floats("x = input f32 1x6; y = act x kind=" + kind + "; output y", {x}),
                Pointwise(FloatNear(2e-6f), values))
        << kind;
}

TEST(Activation, FusedEqualsAlone) {
  Random random(base_seed());
  for (const char* kind : {"relu", "relu6", "silu", "gelu", "sigmoid", "hard_swish"}) {
    Model plain =
        random_model("x = input f32 1x3x3x4; y = conv x out=5 window=1x1; output y", random);
    Model fused = plain;
    fused.graph = parse(
        fmt::format("x = input f32 1x3x3x4; y = conv x out=5 window=1x1 act={}; output y", kind));
    const auto inputs = random_inputs(plain.graph, random);
    const auto alone =
        run_floats(fmt::format("x = input f32 1x3x3x5; y = act x kind={}; output y", kind),
                   {values_of<float>(run_op(plain, inputs))});
    EXPECT_EQ(values_of<float>(run_op(fused, inputs)), alone) << kind;
  }
}

TEST(Add, AddsAndActivates) {
  EXPECT_THAT(run_floats("a = input f32 1x3; b = input f32 1x3; y = add a b act=relu; output y",
                         {{1, -5, 2}, {2, 3, -2}}),
              ElementsAre(3, 0, 0));
}

TEST(Mul, TakesOneFactorAChannelOfEachImage) {
  EXPECT_THAT(run_floats("a = input f32 2x1x2x2; b = input f32 2x1x1x2; y = mul a b; output y",
                         {{1, 2, 3, 4, 5, 6, 7, 8}, {10, 100, -1, 0}}),
              ElementsAre(10, 200, 30, 400, -5, 0, -7, 0));
  EXPECT_THAT(run_floats("a = input f32 1x3; b = input f32 1x3; y = mul a b act=relu6; output y",
                         {{1, -2, 3}, {4, 5, 6}}),
              ElementsAre(4, 0, 6));
}

TEST(MaxPool, IgnoresThePaddingEvenIfAllIsNegative) {
  EXPECT_THAT(run_floats("x = input f32 1x2x2x1; y = max_pool x window=3x3/2x2; output y",
                         {{-4, -3, -2, -1}}),
              ElementsAre(-1));
}

TEST(MaxPool, TakesTheLargestOfEveryWindow) {
  Random random(base_seed());
  const Model model = random_model(
      "x = input f32 2x7x6x3; y = max_pool x window=3x2/2x1+1,0,1,1; output y", random);
  const auto inputs = random_inputs(model.graph, random);
  const auto x = values_of<float>(inputs[0]), y = values_of<float>(run_op(model, inputs));
  const Shape& out = model.graph.node(1).type.shape;
  for (int64_t i = 0; i < count(out); ++i) {
    const int64_t c = i % 3, column = i / 3 % out[2], row = i / 3 / out[2] % out[1],
                  n = i / 3 / out[2] / out[1];
    Floats window;
    for (int64_t h = row * 2 - 1; h < row * 2 + 2; ++h)
      for (int64_t w = column; w < column + 2; ++w)
        if (h >= 0 && h < 7 && w < 6) window.push_back(x[((n * 7 + h) * 6 + w) * 3 + c]);
    EXPECT_EQ(y[i], *std::max_element(window.begin(), window.end())) << i;
  }
}

TEST(Mean, AveragesEachChannelOfEachImage) {
  const Floats x = {1, 10, 3, 30, 5, 50, 7, 70};
  EXPECT_THAT(run_floats("x = input f32 2x2x1x2; y = mean x; output y", {x}),
              ElementsAre(2, 20, 6, 60));
  EXPECT_THAT(run_floats("x = input f32 2x1x2x2; y = mean x keep=0; output y", {x}),
              ElementsAre(2, 20, 6, 60));
}

TEST(Concat, PutsOperandsSideBySideOnAnyAxis) {
  const Floats a = {1, 2, 3, 4}, b = {5, 6, 7, 8};
  const auto joined = [&](int axis) {
    return run_floats(fmt::format("a = input f32 1x2x1x2; b = input f32 1x2x1x2; "
                                  "y = concat a b axis={}; output y",
                                  axis),
                      {a, b});
  };
  EXPECT_THAT(joined(1), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
  EXPECT_THAT(joined(2), ElementsAre(1, 2, 5, 6, 3, 4, 7, 8));
  EXPECT_THAT(joined(3), ElementsAre(1, 2, 5, 6, 3, 4, 7, 8));
}

TEST(Slice, UndoesConcat) {
  Random random(base_seed());
  for (int axis = 0; axis < 4; ++axis) {
    Shape left = {2, 3, 4, 5}, right = left, both = left;
    right[axis] = 2;
    both[axis] += 2;
    const Model model = random_model(
        fmt::format("a = input f32 {}; b = input f32 {}; y = concat a b axis={}; output y",
                    to_string(left), to_string(right), axis),
        random);
    const auto inputs = random_inputs(model.graph, random);
    const auto joined = values_of<float>(run_op(model, inputs));
    const auto slice = [&](int64_t begin, int64_t size) {
      return run_floats(
          fmt::format("x = input f32 {}; y = slice x axis={} begin={} size={}; output y",
                      to_string(both), axis, begin, size),
          {joined});
    };
    EXPECT_EQ(slice(0, left[axis]), values_of<float>(inputs[0])) << axis;
    EXPECT_EQ(slice(left[axis], 2), values_of<float>(inputs[1])) << axis;
  }
}

TEST(Shuffle, TransposesGroupsAndUndoesItselfWithTheOtherFactor) {
  Floats x(12);
  std::iota(x.begin(), x.end(), 0.0f);
  const auto shuffled = run_floats("x = input f32 1x1x2x6; y = shuffle x groups=2; output y", {x});
  EXPECT_THAT(shuffled, ElementsAre(0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11));
  EXPECT_EQ(run_floats("x = input f32 1x1x2x6; y = shuffle x groups=3; output y", {shuffled}), x);
}

TEST(Linear, IsAMatrixProduct) {
  EXPECT_THAT(
      run_floats("x = input f32 2x3; y = linear x out=2 act=relu; output y", {{1, 2, 3, -1, 0, 1}},
                 {{"y.weight", {1, 0, 1, 0, 1, -1}}, {"y.bias", {0.5f, 0.25f}}}),
      ElementsAre(4.5f, 0, 0.5f, 0));
}

TEST(BatchNorm, NormalisesByTheRunningStatistics) {
  const auto y =
      run_floats("x = input f32 1x1x2x2; y = batch_norm x eps=0.5; output y", {{1, 2, 3, 4}},
                 {{"y.weight", {2, 1}},
                  {"y.bias", {10, 20}},
                  {"y.running_mean", {1, 0}},
                  {"y.running_var", {3.5f, 0.5f}}});
  EXPECT_THAT(y, ElementsAre(10, 22, 12, 24));
}

TEST(BatchNorm, HasNoInt8Form) {
  Random random(1);
  const Model model =
      random_model("x = input i8 1x2 q=1,0; y = batch_norm x q=1,0; output y", random);
  EXPECT_THROW(run_op(model, random_inputs(model.graph, random)), ShapeError);
}

TEST(Quantize, RoundsHalvesAwayFromZeroAndSaturates) {
  const Model model{parse("x = input f32 1x9; y = quantize x q=0.5,3; output y"), {}, "op", {}};
  const Floats x = {0, 0.25f, -0.25f, 0.74f, -0.76f, 1e30f, -1e30f, 62, -66};
  EXPECT_EQ(values_of<int8_t>(run_op(model, {bytes_of(x)})),
            (std::vector<int8_t>{3, 4, 2, 4, 1, 127, -128, 127, -128}));
}

TEST(Quantize, MakesNotANumberTheZeroPoint) {
  const Model model{parse("x = input f32 1x3; y = quantize x q=1e-30,7; output y"), {}, "op", {}};
  const Floats x = {std::nanf(""), INFINITY, -INFINITY};
  EXPECT_EQ(values_of<int8_t>(run_op(model, {bytes_of(x)})), (std::vector<int8_t>{7, 127, -128}));
}

TEST(Dequantize, GivesBackWhatQuantizeTook) {
  const Model decode{
      parse("x = input i8 1x256 q=0.07,-19; y = dequantize x; output y"), {}, "op", {}};
  const Model encode{
      parse("x = input f32 1x256; y = quantize x q=0.07,-19; output y"), {}, "op", {}};
  std::vector<int8_t> all(256);
  std::iota(all.begin(), all.end(), int8_t{-128});
  const Bytes reals = run_op(decode, {bytes_of(all)});
  EXPECT_FLOAT_EQ(values_of<float>(reals)[0], 0.07f * (-128 + 19));
  EXPECT_EQ(values_of<int8_t>(run_op(encode, {reals})), all);
}

TEST(MovesOfInt8, AreCopies) {
  Random random(base_seed());
  for (const char* op :
       {"slice x axis=3 begin=2 size=3", "shuffle x groups=3", "max_pool x window=1x1/1x1"}) {
    const Model as_i8 =
        random_model(fmt::format("x = input i8 1x2x3x6 q=0.1,5; y = {}; output y", op), random);
    const auto inputs = random_inputs(as_i8.graph, random);
    const auto stored = values_of<int8_t>(inputs[0]);
    const auto moved = run_floats(fmt::format("x = input f32 1x2x3x6; y = {}; output y", op),
                                  {Floats(stored.begin(), stored.end())});
    const auto actual = values_of<int8_t>(run_op(as_i8, inputs));
    EXPECT_EQ(Floats(actual.begin(), actual.end()), moved) << op;
  }
}

TEST(Silu, HasNoInt8Form) {
  Random random(1);
  const Model model =
      random_model("x = input i8 1x2 q=1,0; y = act x kind=silu q=1,0; output y", random);
  EXPECT_THROW(run_op(model, random_inputs(model.graph, random)), ShapeError);
}

}  // namespace
}  // namespace nnstretch::ir

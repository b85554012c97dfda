// Convolutions against the textbook: gather the patch under the window, multiply it with the filter
// in double precision.
#include <algorithm>

#include "ir/ops/conv2d.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "ir/run_op.h"

namespace nnstretch::ir {
namespace {

using namespace nnstretch::testing;

// Element (n, h, w, c) of an NHWC tensor, 0 outside of height and width.
double at(const std::vector<double>& x, const Shape& s, int64_t n, int64_t h, int64_t w,
          int64_t c) {
  if (h < 0 || w < 0 || h >= s[1] || w >= s[2]) return 0;
  return x[((n * s[1] + h) * s[2] + w) * s[3] + c];
}

// Sum over the window and the group's channels of out channel `o` at (n, y, x).
double filtered(const Conv2d& op, const std::vector<double>& image, const Shape& in,
                const std::vector<double>& weights, int64_t n, int64_t y, int64_t x, int64_t o) {
  const int64_t width = in[3] / op.groups, first = o / (op.out_channels / op.groups) * width;
  const Window& win = op.window;
  std::vector<double> patch;  // (in/groups, kh, kw), as the filters are
  for (int64_t c = 0; c < width; ++c)
    for (int ky = 0; ky < win.kernel.h; ++ky)
      for (int kx = 0; kx < win.kernel.w; ++kx)
        patch.push_back(at(image, in, n, y * win.stride.h + ky - win.pads.top,
                           x * win.stride.w + kx - win.pads.left, first + c));
  double sum = 0;
  for (size_t i = 0; i < patch.size(); ++i) sum += patch[i] * weights[o * patch.size() + i];
  return sum;
}

double clamped(Act act, double x) {
  if (act == Act::none) return x;
  return std::min(std::max(x, 0.0), act == Act::relu6 ? 6.0 : 1e30);
}

// Every value of the convolution in real numbers.
std::vector<double> convolution(const Conv2d& op, const std::vector<double>& image, const Shape& in,
                                const std::vector<double>& weights, const std::vector<double>& bias,
                                const Shape& out) {
  std::vector<double> values;
  for (int64_t n = 0; n < out[0]; ++n)
    for (int64_t y = 0; y < out[1]; ++y)
      for (int64_t x = 0; x < out[2]; ++x)
        for (int64_t o = 0; o < out[3]; ++o)
          values.push_back(clamped(
              op.act, filtered(op, image, in, weights, n, y, x, o) + (bias.empty() ? 0 : bias[o])));
  return values;
}

template <class T>
std::vector<double> reals(std::span<const T> stored, std::span<const float> scales = {}) {
  std::vector<double> values(stored.begin(), stored.end());
  const size_t slice = scales.empty() ? 1 : values.size() / scales.size();
  for (size_t i = 0; !scales.empty() && i < values.size(); ++i) values[i] *= scales[i / slice];
  return values;
}

// Windows of every kind: even kernels, uneven strides and pads, cropping, kernels wider than the
// image, grouped and depthwise, more and fewer outputs than inputs.
const char* const kConvolutions[] = {
    "1x7x7x3 out=5 window=3x3/1x1",           "2x9x8x4 out=6 window=3x3/2x2",
    "1x8x8x8 out=8 window=3x3/1x1 groups=8",  "1x9x7x6 out=6 window=5x5/2x2 groups=6",
    "1x6x6x8 out=12 window=3x3/1x1 groups=4", "1x5x5x6 out=12 window=3x3/1x1 groups=6",
    "1x1x1x16 out=4 window=1x1/1x1",          "1x8x8x3 out=4 window=2x4/1x3+0,1,2,0",
    "1x6x6x3 out=4 window=3x3/1x1+-1,0,-2,1", "1x2x3x2 out=3 window=7x7/2x2",
    "1x4x4x2 out=2 window=1x1/3x3",           "1x3x3x2 out=2 window=2x2/1x1+3,3,3,3",
};

class Convolutions : public ::testing::TestWithParam<const char*> {};

TEST_P(Convolutions, AreTheTextbookSumInFloat) {
  for (const char* rest : {"bias=0 act=none", "bias=1 act=relu", "bias=1 act=relu6"}) {
    Random random(base_seed());
    const std::string line = GetParam();
    const auto space = line.find(' ');
    const Model model = random_model(fmt::format("x = input f32 {}\ny = conv x{} {}\noutput y",
                                                 line.substr(0, space), line.substr(space), rest),
                                     random);
    SCOPED_TRACE(print(model.graph));
    const Conv2d& op = *model.graph.op_if<Conv2d>(1);
    const auto inputs = random_inputs(model.graph, random);
    const auto image = values_of<float>(inputs[0]);
    const auto actual = values_of<float>(run_op(model, inputs));
    const auto expected =
        convolution(op, reals<float>(image), model.graph.node(0).type.shape,
                    reals(model.weights.at("y.weight").as<float>()),
                    op.bias ? reals(model.weights.at("y.bias").as<float>()) : std::vector<double>(),
                    model.graph.node(1).type.shape);
    ASSERT_EQ(actual.size(), expected.size());
    for (size_t i = 0; i < actual.size(); ++i) EXPECT_NEAR(actual[i], expected[i], 2e-5) << i;
  }
}

TEST_P(Convolutions, AreTheTextbookSumWithinOneStepInInt8) {
  Random random(base_seed());
  const std::string line = GetParam();
  const auto space = line.find(' ');
  const Model model = random_model(
      fmt::format("x = input i8 {} q=0.04,-9\ny = conv x{} bias=1 act=relu q=0.9,-20\noutput y",
                  line.substr(0, space), line.substr(space)),
      random);
  SCOPED_TRACE(print(model.graph));
  const auto inputs = random_inputs(model.graph, random);
  std::vector<double> image;
  for (const int8_t stored : values_of<int8_t>(inputs[0])) image.push_back(0.04f * (stored + 9));
  const Tensor& weights = model.weights.at("y.weight");
  const Tensor& bias = model.weights.at("y.bias");
  const auto expected =
      convolution(*model.graph.op_if<Conv2d>(1), image, model.graph.node(0).type.shape,
                  reals(weights.as<int8_t>(), weights.scales),
                  reals(bias.as<int32_t>(), bias.scales), model.graph.node(1).type.shape);
  const auto actual = values_of<int8_t>(run_op(model, inputs));
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < actual.size(); ++i) {
    const double steps = std::clamp(expected[i] / 0.9f - 20, -128.0, 127.0);
    EXPECT_LE(std::abs(actual[i] - steps), 0.51) << i;  // half a step, and the factor's rounding
  }
}

INSTANTIATE_TEST_SUITE_P(Many, Convolutions, ::testing::ValuesIn(kConvolutions));

TEST(Conv2d, PadsInt8WithTheZeroPoint) {
  Random random(1);
  Model model = random_model(
      "x = input i8 1x1x1x1 q=0.1,50; y = conv x out=1 window=3x3/1x1 q=0.1,0; output y", random);
  const std::vector<int8_t> ones(9, 10);
  model.weights.set("y.weight", make_tensor<int8_t>({1, 1, 3, 3}, ones, {0.1f}));
  // 0.1 * (90 - 50) * 1, nothing from the padding
  EXPECT_EQ(values_of<int8_t>(run_op(model, {bytes_of<int8_t>({90})})), std::vector<int8_t>{40});
}

TEST(Conv2d, TakesOneWeightScaleForAllChannelsAndRefusesOtherNumbers) {
  Random random(1);
  Model model = random_model(
      "x = input i8 1x1x1x1 q=0.1,0; y = conv x out=3 window=1x1 q=0.1,0; output y", random);
  const std::vector<int8_t> weights = {10, 20, 30};
  model.weights.set("y.weight", make_tensor<int8_t>({3, 1, 1, 1}, weights, {0.1f}));
  EXPECT_EQ(values_of<int8_t>(run_op(model, {bytes_of<int8_t>({4})})),
            (std::vector<int8_t>{4, 8, 12}));
  model.weights.set("y.weight", make_tensor<int8_t>({3, 1, 1, 1}, weights, {0.1f, 0.1f}));
  EXPECT_THROW(run_op(model, {bytes_of<int8_t>({4})}), ShapeError);
}

}  // namespace
}  // namespace nnstretch::ir

// Numbers that no network can compute with are found before anything computes with them.
#include "ir/numbers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error.h"
#include "ir/passes/fold_batch_norm.h"
#include "ir/text.h"
#include "support/errors.h"
#include "support/samples.h"

namespace nnstretch::ir {
namespace {

using ::testing::HasSubstr;
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST(IsScale, TakesNormalNumbersOfWhichThereMayBe256) {
  for (const float scale : {1.0f, 0.007f, 1e-37f, 1.2e-38f, 1e36f}) EXPECT_TRUE(is_scale(scale));
  for (const float scale : {0.0f, -0.0f, -1.0f, 1e-38f, 1e-45f, 2e36f, kInfinity, -kInfinity, kNan})
    EXPECT_FALSE(is_scale(scale)) << scale;
}

TEST(GraphBuilder, RefusesScalesThatAreNone) {
  for (const char* scale : {"0", "-1", "1e-40", "1e38"})
    EXPECT_ERROR(parse("x = input i8 1x4 q=" + std::string(scale) + ",0; output x"), ShapeError,
                 "x: ", "scale")
        << scale;
}

constexpr char kGraph[] =
    "x = input f32 1x4x4x3; c = conv x out=2 window=3x3/1x1+1,1,1,1; n = batch_norm c; output n";

void change(Model& model, std::string_view tensor, size_t index, float value) {
  const Tensor& old = model.weights.at(tensor);
  std::vector<float> values(old.as<float>().begin(), old.as<float>().end());
  values.at(index) = value;
  model.weights.set(std::string(tensor), make_tensor<float>(old.shape, values));
}

Model sample() {
  testing::Random random(5);
  return testing::random_model(kGraph, random);
}

std::string complaint(const Model& model) {
  try {
    check_weights(model.graph, model.weights);
    [[maybe_unused]] const Model folded = fold_batch_norm(model);
  } catch (const FormatError& error) {
    return error.what();
  }
  return "sound";
}

// About the sample with one number changed.
std::string complaint(std::string_view tensor, size_t index, float value) {
  Model model = sample();
  change(model, tensor, index, value);
  return complaint(model);
}

TEST(CheckWeights, NamesTheNumberThatIsNone) {
  EXPECT_EQ(complaint("c.weight", 0, 1.5f), "sound");
  // 2 x 3 x 3 x 3: 27 + 2 * 9 + 1 * 3 + 2
  EXPECT_THAT(complaint("c.weight", 50, kNan), HasSubstr("c.weight: element [1, 2, 1, 2] is nan"));
  EXPECT_THAT(complaint("c.weight", 0, -kInfinity),
              HasSubstr("c.weight: element [0, 0, 0, 0] is -inf"));
  for (const char* name : {"n.weight", "n.bias", "n.running_mean", "n.running_var"})
    EXPECT_THAT(complaint(name, 1, kInfinity), HasSubstr("element [1] is inf")) << name;
}

TEST(CheckWeights, NamesTheVarianceThatIsNone) {
  EXPECT_EQ(complaint("n.running_var", 1, 0), "sound");
  EXPECT_THAT(complaint("n.running_var", 1, -0.5f),
              HasSubstr("n.running_var: element [1] is -0.5, no variance"));
}

TEST(FoldBatchNorm, NamesTheProductThatIsNoNumber) {
  Model model = sample();
  change(model, "c.weight", 50, 1e20f);
  change(model, "n.weight", 1, 1e20f);
  EXPECT_THAT(complaint(model), HasSubstr("c.weight: element [1, 2, 1, 2] is inf once"));
}

TEST(CheckWeights, NamesTheScaleThatIsNone) {
  testing::Random random(5);
  Model model = testing::random_model(
      "x = input i8 1x4 q=0.5,1; y = linear x out=3 q=0.1,0; output y", random);
  EXPECT_NO_THROW(check_weights(model.graph, model.weights));
  for (const float scale : {0.0f, kNan, 1e-40f, -0.1f}) {
    Tensor weight = model.weights.at("y.weight");
    weight.scales.back() = scale;
    WeightStore changed = model.weights;
    changed.set("y.weight", weight);
    EXPECT_ERROR(check_weights(model.graph, changed), FormatError, "y.weight", "scale") << scale;
  }
}

}  // namespace
}  // namespace nnstretch::ir

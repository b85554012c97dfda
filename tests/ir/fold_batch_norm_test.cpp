// y = gamma * (conv - mean) / sqrt(variance + eps) + beta, by hand: every root here is whole.
#include "ir/passes/fold_batch_norm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ir/text.h"
#include "support/samples.h"

namespace nnstretch::ir {
namespace {

using ::testing::ElementsAre;
using testing::Random;

Model with_weights(std::string_view text,
                   const std::map<std::string, std::vector<float>>& weights) {
  Model model{parse(text), {}, "fold", {}};
  for (const auto& [name, shape] : weight_slots(model.graph))
    model.weights.set(name, make_tensor<float>(shape, weights.at(name)));
  return model;
}

std::vector<float> floats(const Model& model, const std::string& name) {
  const auto values = model.weights.at(name).as<float>();
  return {values.begin(), values.end()};
}

const std::map<std::string, std::vector<float>> kNorm = {
    {"y.weight", {2, 3}},            // gamma
    {"y.bias", {10, 20}},            // beta
    {"y.running_mean", {1, -1}},     //
    {"y.running_var", {3.75f, 0}}};  // with eps 0.25: roots 2 and 0.5, factors 1 and 6

TEST(FoldBatchNorm, ScalesFiltersAndMakesABias) {
  auto weights = kNorm;
  weights["c.weight"] = {5, 7, 11, 13};  // two filters of two channels
  const Model folded = fold_batch_norm(with_weights(R"(
    x = input f32 1x2x2x2
    c = conv x out=2 window=1x1
    y = batch_norm c eps=0.25
    output y)",
                                                    weights));
  ASSERT_EQ(folded.graph.size(), 2u);
  EXPECT_EQ(folded.graph.node(1).name, "y");
  EXPECT_THAT(floats(folded, "c.weight"), ElementsAre(5, 7, 66, 78));
  EXPECT_THAT(floats(folded, "c.bias"), ElementsAre(10 - 1, 20 + 6));
  EXPECT_FALSE(folded.weights.find("y.running_var"));
}

TEST(FoldBatchNorm, ScalesTheBiasThatIsThere) {
  auto weights = kNorm;
  weights["c.weight"] = {1, 1};
  weights["c.bias"] = {4, 2};
  const Model folded = fold_batch_norm(with_weights(R"(
    x = input f32 1x2x2x1
    c = conv x out=2 window=1x1 bias=1
    y = batch_norm c eps=0.25
    output y)",
                                                    weights));
  EXPECT_THAT(floats(folded, "c.bias"), ElementsAre((4 - 1) * 1 + 10, (2 + 1) * 6 + 20));
}

TEST(FoldBatchNorm, KeepsTheNormWhereAnotherNeedsTheConvolution) {
  for (const char* rest : {"output y c", "z = act c; output y z"}) {
    Random random(1);
    const Model model = testing::random_model(
        std::string("x = input f32 1x2x2x2; c = conv x out=2 window=1x1; y = batch_norm c; ") +
            rest,
        random);
    EXPECT_EQ(print(fold_batch_norm(model).graph), print(model.graph)) << rest;
  }
}

}  // namespace
}  // namespace nnstretch::ir

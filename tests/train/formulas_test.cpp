// Rates, losses, mixes and log lines against numbers worked out by hand or by their definition.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "train/log.h"
#include "train/loss.h"
#include "train/meters.h"
#include "train/mix.h"
#include "train/schedule.h"

namespace nnstretch::train {
namespace {

config::Config with(const std::vector<std::string>& overrides) {
  return config::parse("", "test.yaml", overrides);
}

TEST(LearningRate, FollowsItsPolicy) {
  struct Case {
    std::vector<std::string> keys;
    int epoch;
    double rate;
  };
  const std::vector<Case> cases = {
      {{"OPTIM.LR_POLICY", "cos"}, 0, 0.1},
      {{"OPTIM.LR_POLICY", "cos"}, 50, 0.05},
      {{"OPTIM.LR_POLICY", "cos", "OPTIM.MIN_LR", "0.2"}, 50, 0.06},
      {{"OPTIM.LR_POLICY", "lin"}, 25, 0.075},
      {{"OPTIM.LR_POLICY", "lin", "OPTIM.MIN_LR", "0.2"}, 50, 0.06},
      {{"OPTIM.LR_POLICY", "exp", "OPTIM.MIN_LR", "0.01"}, 50, 0.01},
      {{"OPTIM.LR_POLICY", "steps", "OPTIM.STEPS", "[0, 30, 60]"}, 29, 0.1},
      {{"OPTIM.LR_POLICY", "steps", "OPTIM.STEPS", "[0, 30, 60]"}, 30, 0.01},
      {{"OPTIM.LR_POLICY", "steps", "OPTIM.STEPS", "[0, 30, 60]"}, 99, 0.001},
      // 0.97 every 2.4 epochs, as the original trains its elastic network.
      {{"OPTIM.LR_POLICY", "exp2", "OPTIM.LR_MULT", "0.97"}, 0, 0.1},
      {{"OPTIM.LR_POLICY", "exp2", "OPTIM.LR_MULT", "0.97"}, 12, 0.1 * 0.8587340257},
      {{"OPTIM.LR_POLICY", "exp2", "OPTIM.LR_MULT", "0.5", "OPTIM.STEP", "2.0"},
       5,
       0.1 / 5.656854249},
      {{"OPTIM.LR_POLICY", "exp2", "OPTIM.LR_MULT", "0.5", "OPTIM.STEP", "2.0", "OPTIM.MIN_EPOCH",
        "3"},
       5,
       0.05},
      {{"OPTIM.LR_POLICY", "lin", "OPTIM.WARMUP_EPOCHS", "4"}, 0, 0.01},
      {{"OPTIM.LR_POLICY", "lin", "OPTIM.WARMUP_EPOCHS", "4"}, 2, 0.098 * 0.55},
  };
  for (const Case& one : cases) {
    auto keys = one.keys;
    keys.insert(keys.end(), {"OPTIM.MAX_EPOCH", "100"});
    EXPECT_NEAR(learning_rate(with(keys), one.epoch), one.rate, 1e-11)
        << keys[1] << " " << one.epoch;
  }
}

TEST(LearningRate, RefusesPoliciesThatMakeNoSense) {
  EXPECT_THROW(learning_rate(with({"OPTIM.LR_POLICY", "sine"}), 0), ConfigError);
  EXPECT_THROW(learning_rate(with({"OPTIM.LR_POLICY", "exp"}), 0), ConfigError);
  EXPECT_THROW(learning_rate(with({"OPTIM.LR_POLICY", "steps"}), 0), ConfigError);
  EXPECT_THROW(learning_rate(with({"OPTIM.LR_POLICY", "exp2", "OPTIM.STEP", "0.0"}), 0),
               ConfigError);
}

TEST(AverageShare, GrowsWithBatchAndPeriodUpToAll) {
  const auto config = with({"OPTIM.EMA_ALPHA", "1e-5", "TRAIN.BATCH_SIZE", "1024",
                            "OPTIM.MAX_EPOCH", "100", "OPTIM.WARMUP_EPOCHS", "5"});
  EXPECT_DOUBLE_EQ(average_share(config, 5), 1e-5 * 1024 / 100 * 32);
  EXPECT_EQ(average_share(config, 4), 1);
  EXPECT_EQ(average_share(with({"OPTIM.EMA_ALPHA", "1.0"}), 0), 1);
}

TEST(Loss, OfSmoothedLabelsIsTheirCrossEntropy) {
  const Tensor targets = soft_targets(torch::tensor({1, 0}), 4, 0.2);
  EXPECT_TRUE(targets.allclose(
      torch::tensor({{0.05f, 0.85f, 0.05f, 0.05f}, {0.85f, 0.05f, 0.05f, 0.05f}})));
  // Equal logits: every class has log(1/4), whatever the targets.
  EXPECT_NEAR(soft_cross_entropy(torch::zeros({2, 4}), targets).item<float>(), std::log(4), 1e-6);
  // -log(e^2 / (e^2 + 3)) on a hard label.
  const Tensor logits = torch::tensor({{2.f, 0.f, 0.f, 0.f}});
  EXPECT_NEAR(soft_cross_entropy(logits, soft_targets(torch::tensor({0}), 4, 0)).item<float>(),
              -std::log(std::exp(2) / (std::exp(2) + 3)), 1e-6);
}

TEST(Loss, OfAStudentIsPartTeacherPartLabels) {
  const Tensor logits = torch::tensor({{1.f, 0.f}}), teacher = torch::tensor({{0.f, 2.f}});
  const Tensor labels = soft_targets(torch::tensor({0}), 2, 0);
  const double t = 2, p = 1 / (1 + std::exp(-1 / t));  // of class 0, by the student at t
  const double q = 1 / (1 + std::exp(2 / t));          // by the teacher
  const double hard = std::log(1 + std::exp(-1.0));
  const double soft = -(q * std::log(p) + (1 - q) * std::log(1 - p));
  EXPECT_NEAR(distillation_loss(logits, labels, teacher, {t, 0.3}).item<float>(),
              0.7 * hard + 0.3 * t * t * soft, 1e-6);
}

TEST(Errors, CountLabelsBeyondTheKLargest) {
  const Tensor logits = torch::tensor({{0.f, 1.f, 2.f}, {3.f, 1.f, 2.f}, {0.f, 9.f, 1.f}});
  const Tensor labels = torch::tensor({2, 1, 0});
  EXPECT_NEAR(top_error(logits, labels, 1), 200 / 3.0, 1e-9);
  EXPECT_NEAR(top_error(logits, labels, 2), 200 / 3.0, 1e-9);
  EXPECT_EQ(top_error(logits, labels, 5), 0);
}

Blend two_images() {
  const Tensor images = torch::stack({torch::zeros({3, 4, 4}), torch::ones({3, 4, 4})});
  return {images, soft_targets(torch::tensor({0, 1}), 3, 0), torch::tensor({0, 1})};
}

TEST(Mixup, BlendsImagesAndTargetsBySameShare) {
  const Blend mixed = mixup(two_images(), torch::tensor({1, 0}), 0.75);
  EXPECT_TRUE(mixed.images[0].allclose(torch::full({3, 4, 4}, 0.25)));
  EXPECT_TRUE(mixed.images[1].allclose(torch::full({3, 4, 4}, 0.75)));
  EXPECT_TRUE(mixed.targets.allclose(torch::tensor({{0.75f, 0.25f, 0.f}, {0.25f, 0.75f, 0.f}})));
  EXPECT_TRUE(mixed.labels.equal(torch::tensor({0, 1})));
  EXPECT_TRUE(mixup(two_images(), torch::tensor({1, 0}), 0.25).labels.equal(torch::tensor({1, 0})));
}

TEST(Cutmix, PastesTheBoxAndBlendsTargetsByItsArea) {
  // sqrt(1 - 0.75) = 1/2 of 4 pixels: a box of 2 x 2 around (1, 3), cut off at the right edge.
  const Box box = cutmix_box(4, 4, 1, 3, 0.75);
  EXPECT_EQ(box.top, 0);
  EXPECT_EQ(box.bottom, 2);
  EXPECT_EQ(box.left, 2);
  EXPECT_EQ(box.right, 4);
  const Box corner = cutmix_box(4, 4, 0, 0, 0.75);
  EXPECT_EQ((corner.bottom - corner.top) * (corner.right - corner.left), 1);
  const Blend mixed = cutmix(two_images(), torch::tensor({1, 0}), corner);
  EXPECT_EQ(mixed.images[0].sum().item<float>(), 3);       // one pixel of ones in three channels
  EXPECT_EQ(mixed.images[1].sum().item<float>(), 3 * 15);  // one of zeros
  EXPECT_NEAR(mixed.targets[0][1].item<float>(), 1 / 16.0, 1e-7);
}

TEST(Mix, DrawsTheSameForTheSameSeedAndSharesOfTheBetaDistribution) {
  config::Train how;
  EXPECT_TRUE(mix(two_images(), how, 1).images.equal(two_images().images));
  how.mixup_alpha = 0.4;
  double sum = 0, squares = 0;
  constexpr int kDraws = 4000;
  for (int seed = 0; seed < kDraws; ++seed) {
    const Blend mixed = mix(two_images(), how, static_cast<uint64_t>(seed));
    EXPECT_TRUE(mixed.images.equal(mix(two_images(), how, static_cast<uint64_t>(seed)).images));
    const double first = mixed.targets[0][0].item<float>();  // share, or 1 if nobody moved
    if (mixed.targets[0][0].item<float>() == 1) continue;
    sum += first, squares += first * first;
  }
  // Half of the permutations swap. Beta(a,a) has mean 1/2 and variance 1 / (4 (2a + 1)); draws that
  // round to 1 are the few that are missing.
  const double swaps = kDraws / 2.0, mean = sum / swaps;
  EXPECT_NEAR(mean, 0.5, 0.05);
  EXPECT_NEAR(squares / swaps - mean * mean, 1 / (4 * 1.8), 0.02);
}

TEST(Log, WritesNumbersAsPyclsDoes) {
  EXPECT_EQ(json_stats("test_epoch", {{"mem", int64_t{1138}},
                                      {"epoch", "1/100"},
                                      {"min_top1_err", 21.25},
                                      {"top1_err", 1.0 / 3}}),
            R"({"_type": "test_epoch", "epoch": "1/100", "mem": 1138, "min_top1_err": 21.2500, )"
            R"("top1_err": 0.3333})");
  EXPECT_EQ(as_eta(93784.9), "01,02:03:04");
  EXPECT_EQ(median({3, 1, 2}), 2);
  EXPECT_EQ(median({4, 1, 2, 3}), 2.5);
}

TEST(Log, WritesAConfigurationByItsSections) {
  const auto config = config::parse("{ANYNET: {DEPTHS: [[1, 2], [3]]}, RNG_SEED: 7}", "a.yaml",
                                    {"OPTIM.BASE_LR", "0.123456789"});
  const auto read = nlohmann::json::parse(json_stats(config));
  EXPECT_EQ(read["_type"], "cfg");
  EXPECT_EQ(read["ANYNET"]["DEPTHS"], nlohmann::json::parse("[[1, 2], [3]]"));
  EXPECT_EQ(read["OPTIM"]["BASE_LR"], 0.123456789);
  EXPECT_TRUE(read["OPTIM"]["MIN_LR"].is_number_float());
  EXPECT_EQ(read["OPTIM"]["LR_POLICY"], "cos");
  EXPECT_EQ(read["BN"]["USE_PRECISE_STATS"], true);
  EXPECT_EQ(read["RNG_SEED"], 7);
}

}  // namespace
}  // namespace nnstretch::train

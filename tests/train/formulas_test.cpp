// Rates, losses, mixes and log lines against numbers worked out by hand or by their definition.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

#include "base/error.h"
#include "base/top.h"
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

// Against the order that `infer` prints. Logits of few values, so that many are equal; some are
// NaN.
TEST(Errors, AreThoseOfTheOrderOfLogits) {
  std::mt19937 random(3);
  for (int round = 0; round < 50; ++round) {
    const int64_t images = 8, classes = 7;
    Tensor logits = torch::empty({images, classes});
    Tensor labels = torch::empty({images}, torch::kInt64);
    for (int64_t i = 0; i < images; ++i) {
      labels[i] = static_cast<int64_t>(random() % classes);
      for (int64_t c = 0; c < classes; ++c)
        logits[i][c] = random() % 20 ? static_cast<float>(random() % 4) : std::nanf("");
    }
    for (const int64_t k : {1, 2, 5, 9}) {
      int64_t wrong = 0;
      for (int64_t i = 0; i < images; ++i) {
        const std::span row(logits[i].data_ptr<float>(), static_cast<size_t>(classes));
        const auto best = top(row, static_cast<size_t>(k));
        const auto label = static_cast<size_t>(labels[i].item<int64_t>());
        wrong += std::isnan(row[label]) || std::find(best.begin(), best.end(), label) == best.end();
      }
      EXPECT_NEAR(top_error(logits, labels, k), 100.0 * static_cast<double>(wrong) / images, 1e-9);
    }
  }
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

constexpr int64_t kImages = 6, kHeight = 16, kWidth = 12;

// Image n is n everywhere, and of class n.
Blend numbered_images() {
  const Tensor labels = torch::arange(kImages);
  const Tensor images =
      labels.to(torch::kFloat).view({kImages, 1, 1, 1}).expand({kImages, 3, kHeight, kWidth});
  return {images.clone(), soft_targets(labels, kImages, 0), labels};
}

// Where and what the first image got that is not its own; nothing if it kept all.
struct Paste {
  int64_t area = 0, image = 0;
  bool whole = true;  // pixels of the other image alone, no blend of both
};
Paste paste_of(const Blend& mixed) {
  Paste paste;
  const Tensor foreign = mixed.images[0][0].ne(0);
  const Tensor rows = foreign.any(1).nonzero(), columns = foreign.any(0).nonzero();
  paste.area = foreign.sum().item<int64_t>();
  if (paste.area == 0) return paste;
  const int64_t height = rows[-1].item<int64_t>() - rows[0].item<int64_t>() + 1;
  const int64_t width = columns[-1].item<int64_t>() - columns[0].item<int64_t>() + 1;
  const Tensor values = mixed.images[0].masked_select(foreign.expand({3, kHeight, kWidth}));
  paste.image = values[0].item<int64_t>();
  paste.whole = values.eq(static_cast<double>(paste.image)).all().item<bool>() &&
                values.size(0) == 3 * paste.area && height * width == paste.area;
  return paste;
}

// By the formula: a side is the whole part of the image's times sqrt(1 - share), the share uniform
// (that is Beta(1,1)), the centre any pixel, and the image's edges cut the box off.
double area_by_formula(std::mt19937& random) {
  const double side = std::sqrt(1 - std::uniform_real_distribution<double>()(random));
  const auto extent = [&](int64_t size) {
    const auto half = static_cast<int64_t>(static_cast<double>(size) * side) / 2;
    const auto centre = static_cast<int64_t>(random() % static_cast<uint64_t>(size));
    return std::min(centre + half, size) - std::max<int64_t>(centre - half, 0);
  };
  const int64_t height = extent(kHeight);
  return static_cast<double>(height * extent(kWidth)) / (kHeight * kWidth);
}

struct Statistics {
  double sum = 0, squares = 0;
  int count = 0;
  void add(double value) {
    sum += value, squares += value * value;
    ++count;
  }
  double mean() const { return sum / count; }
  double variance() const { return squares / count - mean() * mean(); }
};
void expect_alike(const Statistics& a, const Statistics& b) {
  EXPECT_NEAR(a.mean(), b.mean(), 5 * std::sqrt(a.variance() / a.count + b.variance() / b.count));
}

TEST(Mix, CutsBoxesWhoseAreasAreThoseOfTheFormula) {
  config::Train how;
  how.cutmix_alpha = 1;
  constexpr int kDraws = 3000;
  Statistics areas, squares, wanted_areas, wanted_squares;
  for (int seed = 0; seed < kDraws; ++seed) {
    const Blend mixed = mix(numbered_images(), how, static_cast<uint64_t>(seed));
    const Paste paste = paste_of(mixed);
    ASSERT_TRUE(paste.whole) << seed;
    ASSERT_NEAR(mixed.targets[0].sum().item<float>(), 1, 1e-6);
    if (paste.area == 0) continue;  // it kept its own, or the box has no pixels
    const double area = static_cast<double>(paste.area) / (kHeight * kWidth);
    ASSERT_NEAR(mixed.targets[0][0].item<float>(), 1 - area, 1e-6) << seed;
    ASSERT_NEAR(mixed.targets[0][paste.image].item<float>(), area, 1e-6) << seed;
    if (area != 0.5) {
      ASSERT_EQ(mixed.labels[0].item<int64_t>(), area < 0.5 ? 0 : paste.image) << seed;
    }
    areas.add(area), squares.add(area * area);
  }
  EXPECT_GT(areas.count, 0.7 * kDraws);  // one in six keeps its own
  std::mt19937 random(5);
  while (wanted_areas.count < 100 * kDraws)
    if (const double area = area_by_formula(random); area > 0)
      wanted_areas.add(area), wanted_squares.add(area * area);
  expect_alike(areas, wanted_areas);
  expect_alike(squares, wanted_squares);
}

TEST(Mix, OfBothIsDecidedByACoin) {
  config::Train how;
  how.mixup_alpha = 0.4;
  how.cutmix_alpha = 1;
  constexpr int kDraws = 2000;
  int cut = 0;
  Statistics shares;  // of mixup
  for (int seed = 0; seed < kDraws; ++seed) {
    const Blend mixed = mix(numbered_images(), how, static_cast<uint64_t>(seed));
    const bool whole_numbers = mixed.images.eq(mixed.images.floor()).all().item<bool>();
    cut += whole_numbers;
    const double share = mixed.targets[0][0].item<float>();
    if (whole_numbers || share == 1) continue;  // cutmix, or the first image kept its own
    shares.add(share);
    EXPECT_TRUE(mixed.images[0].eq(mixed.images[0][0][0][0]).all().item<bool>()) << seed;
  }
  EXPECT_NEAR(cut, kDraws / 2.0, 5 * std::sqrt(kDraws / 4.0));
  EXPECT_NEAR(shares.mean(), 0.5, 0.07);
  EXPECT_NEAR(shares.variance(), 1 / (4 * 1.8), 0.02);  // of Beta(0.4, 0.4)
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

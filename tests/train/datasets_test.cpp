// Pictures as training and testing see them, against what is written into model files and against
// the constants of the original software.
#include "train/datasets.h"

#include <gtest/gtest.h>

#include "pipeline/network.h"

namespace nnstretch::train {
namespace {

constexpr int kSide = 32;
constexpr std::array<uint8_t, 3> kColour = {200, 100, 50};  // of every pixel

config::Config with(std::vector<std::string> keys) {
  keys.insert(keys.end(), {"TRAIN.IM_SIZE", "32", "TEST.IM_SIZE", "36", "TRAIN.PCA_STD", "0.0",
                           "TRAIN.DATASET", "imagenet"});
  return config::parse("", "test.yaml", keys);
}

// What the network sees of the pixel in the middle, plane by plane.
std::array<float, 3> seen(const config::Config& config, Use use) {
  data::Sample sample;
  sample.form = data::Sample::Form::rgb;
  sample.height = sample.width = kSide;
  std::vector<std::byte> bytes;
  for (int i = 0; i < 3 * kSide * kSide; ++i)
    bytes.push_back(static_cast<std::byte>(kColour[static_cast<size_t>(i) % 3]));
  sample.own(std::move(bytes));
  const data::Transform transform(transform_options(config, use));
  std::vector<float> planes(transform.count());
  KeyedRandom random{1};
  transform.apply(sample, random, planes);
  std::array<float, 3> middle;
  for (size_t c = 0; c < 3; ++c) middle[c] = planes[(2 * c + 1) * kSide * kSide / 2 + kSide / 2];
  return middle;
}

struct Case {
  std::string mode, augment, colour;
};
class Preparation : public ::testing::TestWithParam<Case> {};

TEST_P(Preparation, OfTrainingAndTestingIsWhatTheModelFileSays) {
  const auto& [mode, augment, colour] = GetParam();
  const auto config =
      with({"DATA_LOADER.MODE", mode, "TRAIN.AUGMENT", augment, "DATA_LOADER.COLOUR", colour});
  const image::Preprocess how = pipeline::preprocess(config, 0);
  for (const Use use : {Use::training, Use::testing}) {
    const auto planes = seen(config, use);
    for (size_t c = 0; c < 3; ++c) {
      const float value = static_cast<float>(kColour[c]) / 255;
      EXPECT_NEAR(planes[how.colour == image::Colour::rgb ? c : 2 - c],
                  (value - how.mean[c]) / how.std[c], 2e-6)
          << c;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Modes, Preparation,
                         ::testing::Values(Case{"pytorch", "", ""},
                                           Case{"pytorch", "RandAugment_N0", ""},
                                           Case{"pytorch", "", "rgb"}, Case{"ffcv", "", ""},
                                           Case{"ffcv", "RandAugment_N0", ""},
                                           Case{"ffcv", "", "bgr"}, Case{"small", "", ""},
                                           Case{"small", "RandAugment_N0", ""},
                                           Case{"small", "", "bgr"}));

// FFCV's constants are cut to whole numbers, unless there is an augmentation.
TEST(Prepared, HasTheConstantsOfTheOriginal) {
  const auto cut = seen(with({"DATA_LOADER.MODE", "ffcv"}), Use::testing);
  EXPECT_FLOAT_EQ(cut[0], (200 - 123) / 58.0f);
  EXPECT_FLOAT_EQ(cut[1], (100 - 116) / 57.0f);
  EXPECT_FLOAT_EQ(cut[2], (50 - 103) / 57.0f);
  for (const Use use : {Use::training, Use::testing}) {
    const auto exact =
        seen(with({"DATA_LOADER.MODE", "ffcv", "TRAIN.AUGMENT", "RandAugment_N0"}), use);
    EXPECT_FLOAT_EQ(exact[0], (200 - 123.675f) / 58.395f);
    EXPECT_FLOAT_EQ(exact[1], (100 - 116.28f) / 57.12f);
    EXPECT_FLOAT_EQ(exact[2], (50 - 103.53f) / 57.375f);
  }
}

TEST(Prepared, PutsTheChosenColourFirst) {
  const auto first = [](const std::string& mode, const std::string& colour) {
    return seen(with({"DATA_LOADER.MODE", mode, "DATA_LOADER.COLOUR", colour}), Use::testing)[0];
  };
  const float red = (200 / 255.0f - 0.485f) / 0.229f, blue = (50 / 255.0f - 0.406f) / 0.225f;
  EXPECT_NEAR(first("pytorch", ""), blue, 1e-5);
  EXPECT_NEAR(first("pytorch", "bgr"), blue, 1e-5);
  EXPECT_NEAR(first("pytorch", "rgb"), red, 1e-5);
  EXPECT_NEAR(first("ffcv", ""), (200 - 123) / 58.0, 1e-5);
  EXPECT_NEAR(first("ffcv", "bgr"), (50 - 103) / 57.0, 1e-5);
}

}  // namespace
}  // namespace nnstretch::train

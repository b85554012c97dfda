// Training transforms against a tensor of the original software, and against their formulas.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "base/error.h"
#include "base/files.h"
#include "base/npy.h"
#include "data/crop.h"
#include "data/transform.h"
#include "image/image.h"
#include "support/errors.h"
#include "support/paths.h"

namespace nnstretch::data {
namespace {

using image::Colour;

// numpy.random.seed(N) and its functions uniform, randint and normal.
class NumpyRandom final : public Random {
 public:
  explicit NumpyRandom(uint32_t seed) : engine_(seed) {}
  double uniform() override {
    const uint32_t high = word() >> 5, low = word() >> 6;
    return (high * 67108864.0 + low) / 9007199254740992.0;
  }
  // Bits are drawn until they are small enough.
  int64_t below(int64_t count) override {
    const auto largest = static_cast<uint32_t>(count - 1);
    if (largest == 0) return 0;
    uint32_t mask = largest;
    for (int shift = 1; shift < 32; shift *= 2) mask |= mask >> shift;
    uint32_t value;
    do value = word() & mask;
    while (value > largest);
    return value;
  }
  // Pairs by Marsaglia's polar method, the second one first.
  double normal() override {
    if (kept_) {
      const double value = *kept_;
      kept_.reset();
      return value;
    }
    double x, y, square;
    do {
      x = 2.0 * uniform() - 1.0;
      y = 2.0 * uniform() - 1.0;
      square = x * x + y * y;
    } while (square >= 1.0 || square == 0.0);
    const double factor = std::sqrt(-2.0 * std::log(square) / square);
    kept_ = factor * x;
    return factor * y;
  }

 private:
  uint32_t word() { return static_cast<uint32_t>(engine_()); }
  std::mt19937 engine_;
  std::optional<double> kept_;
};

Sample sample_of(const std::filesystem::path& file) {
  Sample sample;
  sample.where = file.string();
  sample.own(read_bytes(file));
  return sample;
}

// A picture of random bytes, or of one colour.
Sample raw_sample(int height, int width, std::vector<uint8_t> rgb) {
  Sample sample;
  sample.form = Sample::Form::rgb;
  sample.height = height;
  sample.width = width;
  sample.where = "made";
  const auto bytes = std::as_bytes(std::span(rgb));
  sample.own({bytes.begin(), bytes.end()});
  return sample;
}

std::filesystem::path golden() { return nnstretch::testing::shared_folder() / "golden/jpeg"; }

TEST(Transform, TrainsAsTheOriginalDoesUnderNumpysSeed) {
  NNSTRETCH_NEEDS_SHARED();
  const NpyArray file = read_npy(golden() / "train_seed123_224.npy");
  const auto expected = file.as<float>();
  const Transform train({.train = true, .size = 224});
  NumpyRandom random(123);
  std::vector<float> ours(train.count());
  train.apply(sample_of(golden() / "ILSVRC2012_val_00000001.JPEG"), random, ours);
  ASSERT_EQ(expected.size(), ours.size());
  for (size_t i = 0; i < ours.size(); ++i) ASSERT_NEAR(ours[i], expected[i], 2e-6) << i;
}

TEST(Transform, TestsAsTheOriginalDoesBitForBit) {
  NNSTRETCH_NEEDS_SHARED();
  const NpyArray file = read_npy(golden() / "ILSVRC2012_val_00000001.256_224.npy");
  const auto expected = file.as<float>();
  const Transform test({.size = 224, .resize = 256});
  KeyedRandom unused{0};
  std::vector<float> ours(test.count());
  test.apply(sample_of(golden() / "ILSVRC2012_val_00000001.JPEG"), unused, ours);
  for (size_t i = 0; i < ours.size(); ++i) ASSERT_EQ(ours[i], expected[i]) << i;
}

struct Statistics {
  double sum = 0, squares = 0, least = 1e9, most = -1e9;
  int count = 0;
  void add(double value) {
    sum += value;
    squares += value * value;
    least = std::min(least, value);
    most = std::max(most, value);
    ++count;
  }
  double mean() const { return sum / count; }
  double deviation() const { return std::sqrt(squares / count - mean() * mean()); }
};

// A square picture takes every box of aspect 3/4 to 4/3 that is not too large; what is too large is
// drawn again, so small areas are likelier than uniform ones: only boxes below half are compared.
TEST(Crop, DrawsFollowTheFormulas) {
  constexpr int side = 3000, draws = 10'000;
  KeyedRandom random{7};
  Statistics area, aspect, log_aspect, offset;
  for (int i = 0; i < draws; ++i) {
    const Box ours = random_box_pytorch(side, side, random);
    const Box ffcv = random_box_ffcv(side, side, random);
    for (const Box& box : {ours, ffcv}) {
      ASSERT_TRUE(box.y >= 0 && box.y + box.height <= side && box.x >= 0 &&
                  box.x + box.width <= side);
      ASSERT_TRUE(box.height > 0 && box.width > 0);
    }
    // pycls never draws the last offset.
    if (ours.height < side) {
      ASSERT_LT(ours.y + ours.height, side);
    }
    const double share = static_cast<double>(ours.height) * ours.width / side / side;
    if (share > 0.5) continue;
    area.add(share);
    const double ratio = static_cast<double>(ours.width) / ours.height;
    aspect.add(std::max(ratio, 1 / ratio));
    offset.add(ours.x / static_cast<double>(side - ours.width));
  }
  // Uniform in 0.08 to 0.5.
  EXPECT_NEAR(area.mean(), 0.29, 0.006);
  EXPECT_NEAR(area.deviation(), 0.42 / std::sqrt(12), 0.004);
  EXPECT_NEAR(area.least, 0.08, 0.002);
  // max(a, 1/a) for a uniform in [3/4, 4/3]: (4/7) (integral of 1/a + integral of a).
  EXPECT_NEAR(aspect.mean(), 12.0 / 7 * (std::log(4.0 / 3) + (16.0 / 9 - 1) / 2), 0.003);
  EXPECT_NEAR(aspect.most, 4.0 / 3, 0.01);
  EXPECT_NEAR(offset.mean(), 0.5, 0.015);
}

TEST(Crop, FfcvsAspectIsLogUniform) {
  constexpr int side = 3000, draws = 10'000;
  KeyedRandom random{8};
  Statistics log_aspect;
  for (int i = 0; i < draws; ++i) {
    const Box box = random_box_ffcv(side, side, random);
    if (static_cast<double>(box.height) * box.width > 0.5 * side * side) continue;
    log_aspect.add(std::log(static_cast<double>(box.width) / box.height));
  }
  EXPECT_NEAR(log_aspect.mean(), 0, 0.01);
  EXPECT_NEAR(log_aspect.deviation(), 2 * std::log(4.0 / 3) / std::sqrt(12), 0.004);
}

TEST(Crop, WhatNeverFitsIsCutInTheMiddle) {
  KeyedRandom random{9};
  EXPECT_EQ(random_box_pytorch(10, 1000, random), Box{});
  EXPECT_EQ(random_box_ffcv(30, 3000, random), (Box{0, 1480, 30, 40}));
  EXPECT_EQ(random_box_ffcv(3000, 30, random), (Box{1480, 0, 40, 30}));
  EXPECT_EQ(centre_box_ffcv(256, 300), (Box{16, 38, 224, 224}));
  EXPECT_EQ(centre_box_ffcv(375, 500), (Box{23, 86, 328, 328}));
}

TEST(Transform, LightingShiftsEachChannelByTheComponents) {
  constexpr int draws = 10'000;
  KeyedRandom random{10};
  Statistics channel[3];
  for (int i = 0; i < draws; ++i) {
    std::vector<float> pixel = {0.5f, 0.5f, 0.5f};
    light(pixel, 0.1, random);
    for (size_t c = 0; c < 3; ++c) channel[c].add(pixel[c] - 0.5);
  }
  const double vectors[3][3] = {
      {-0.5675, 0.7192, 0.4009}, {-0.5808, -0.0045, -0.8140}, {-0.5836, -0.6948, 0.4203}};
  const double values[3] = {0.2175, 0.0188, 0.0045};
  for (size_t c = 0; c < 3; ++c) {
    double variance = 0;
    for (size_t k = 0; k < 3; ++k) variance += std::pow(0.1 * vectors[c][k] * values[k], 2);
    EXPECT_NEAR(channel[c].mean(), 0, 5 * std::sqrt(variance / draws));
    EXPECT_NEAR(channel[c].deviation(), std::sqrt(variance), 0.04 * std::sqrt(variance));
  }
}

TEST(Transform, FfcvsConstantsAreCutToBytes) {
  const Sample grey = raw_sample(40, 40, std::vector<uint8_t>(4800, 200));
  const Transform plain({.mode = Mode::ffcv, .size = 8});
  KeyedRandom random{1};
  std::vector<float> planes(plain.count());
  plain.apply(grey, random, planes);
  EXPECT_FLOAT_EQ(planes[0], (200 - 123) / 58.0f);  // red first
  EXPECT_FLOAT_EQ(planes[64], (200 - 116) / 57.0f);
  EXPECT_FLOAT_EQ(planes[191], (200 - 103) / 57.0f);
  const Transform bgr({.mode = Mode::ffcv, .size = 8, .colour = Colour::bgr});
  bgr.apply(grey, random, planes);
  EXPECT_FLOAT_EQ(planes[191], (200 - 123) / 58.0f);
  // With augmentation the exact constants are used.
  const Transform augmented(
      {.mode = Mode::ffcv, .train = true, .size = 8, .augment = "RandAugment_N0"});
  augmented.apply(grey, random, planes);
  EXPECT_FLOAT_EQ(planes[0], (200 - 0.485f * 255) / (0.229f * 255));
}

TEST(Transform, SmallPicturesAreShiftedIntoTheirMean) {
  std::vector<uint8_t> rgb(32 * 32 * 3);
  for (size_t i = 0; i < rgb.size(); ++i) rgb[i] = static_cast<uint8_t>(i % 251);
  const Sample sample = raw_sample(32, 32, rgb);
  const Transform train({.mode = Mode::small, .train = true, .size = 32});
  std::vector<float> planes(train.count());
  int flips = 0, shifts[8] = {};
  for (uint64_t i = 0; i < 400; ++i) {
    KeyedRandom random{i}, same{i};
    train.apply(sample, random, planes);
    const bool flip = same.chance(0.5);
    const auto down = same.below(8) - 4, right = same.below(8) - 4;
    flips += flip;
    ++shifts[right + 4];
    for (int c = 0; c < 3; ++c)
      for (int y = 0; y < 32; ++y)
        for (int x = 0; x < 32; ++x) {
          const int64_t from_y = y + down;
          int64_t from_x = x + right;
          float expected = 0;
          if (from_y >= 0 && from_y < 32 && from_x >= 0 && from_x < 32) {
            if (flip) from_x = 31 - from_x;
            const double value = rgb[static_cast<size_t>((from_y * 32 + from_x) * 3 + c)];
            const double mean[] = {125.3, 123.0, 113.9}, std[] = {63.0, 62.1, 66.7};
            expected = static_cast<float>((value - mean[c]) / std[c]);
          }
          ASSERT_EQ(planes[static_cast<size_t>((c * 32 + y) * 32 + x)], expected);
        }
  }
  EXPECT_NEAR(flips, 200, 50);
  for (const int count : shifts) EXPECT_NEAR(count, 50, 33);
  EXPECT_ERROR(
      train.apply(raw_sample(31, 32, rgb), *std::make_unique<KeyedRandom>(KeyedRandom{1}), planes),
      FormatError, "32 x 31 pixels for a network of 32", "TRAIN.IM_SIZE");
}

TEST(Transform, RefusesSizesThatMakeNoSense) {
  EXPECT_ERROR(Transform({.size = 0}), UsageError, "0 x 0 pixels", "TRAIN.IM_SIZE");
  EXPECT_ERROR(Transform({.size = 224, .resize = 200}), UsageError, "a crop of 224",
               "a shorter side of 200", "TEST.IM_SIZE");
  EXPECT_ERROR(Transform({.size = 8, .resize = 8, .augment = "Mosaic"}), UsageError,
               "TRAIN.AUGMENT: an unknown augmentation 'Mosaic'", "AutoAugment");
}

}  // namespace
}  // namespace nnstretch::data

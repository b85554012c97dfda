// The test transform against tensors and figures of the original software.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "base/npy.h"
#include "image/image.h"
#include "support/paths.h"

namespace nnstretch::image {
namespace {

struct Sizes {
  int resize, crop;
  std::string name() const { return std::to_string(resize) + "_" + std::to_string(crop); }
};
constexpr Sizes golden_sizes[] = {{256, 224}, {342, 300}, {522, 456}};

std::filesystem::path golden() { return testing::shared_folder() / "golden/jpeg"; }

TEST(Prepare, GivesTheTensorsOfTheOriginalBitForBit) {
  NNSTRETCH_NEEDS_SHARED();
  const Image photo = decode(golden() / "ILSVRC2012_val_00000001.JPEG");
  for (const Sizes& sizes : golden_sizes) {
    const auto file = read_npy(golden() / ("ILSVRC2012_val_00000001." + sizes.name() + ".npy"));
    const auto expected = file.as<float>();  // (3, crop, crop)
    const auto crop = static_cast<size_t>(sizes.crop);
    ASSERT_EQ(expected.size(), 3 * crop * crop);
    const auto ours = prepare(photo, {.resize = sizes.resize, .crop = sizes.crop});
    for (size_t pixel = 0; pixel < crop * crop; ++pixel)
      for (size_t c = 0; c < 3; ++c)
        ASSERT_EQ(ours[3 * pixel + c], expected[c * crop * crop + pixel])
            << sizes.name() << " pixel " << pixel << " channel " << c;
  }
}

// info.json lists the channels in the order of the tensor: blue, green, red.
TEST(Prepare, GivesTheFiguresOfTheOriginalForEveryPhotograph) {
  NNSTRETCH_NEEDS_SHARED();
  const auto info = nlohmann::json::parse(read_text(golden() / "info.json"));
  ASSERT_EQ(info["images"].size(), 3u);
  for (const auto& [name, image] : info["images"].items()) {
    const Image photo = decode(golden() / name);
    for (const Sizes& sizes : golden_sizes) {
      const auto ours = prepare(photo, {.resize = sizes.resize, .crop = sizes.crop});
      const auto& expected = image["prepared"][sizes.name()];
      const auto crop = static_cast<size_t>(sizes.crop);
      const size_t pixels = crop * crop, centre = (crop / 2) * crop + crop / 2;
      for (size_t c = 0; c < 3; ++c) {
        double mean = 0;
        for (size_t pixel = 0; pixel < pixels; ++pixel) mean += ours[3 * pixel + c];
        EXPECT_NEAR(mean / static_cast<double>(pixels), expected["mean_bgr"][c], 1e-4) << name;
        EXPECT_NEAR(ours[c], expected["first"][c], 1e-4) << name;
        EXPECT_NEAR(ours[3 * centre + c], expected["centre"][c], 1e-4) << name;
        EXPECT_NEAR(ours[3 * (pixels - 1) + c], expected["last"][c], 1e-4) << name;
      }
    }
  }
}

Image ramp(int height, int width) {
  Image image{.height = height, .width = width, .rgb = {}};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < 3; ++c)
        image.rgb.push_back(static_cast<uint8_t>((7 * y + 3 * x + 50 * c) % 256));
  return image;
}

const Preprocess plain = {
    .resize = 8, .crop = 8, .mean = {0, 0, 0}, .std = {1, 1, 1}, .colour = Colour::rgb};

TEST(Prepare, KeepsThePixelsWhenNothingIsResizedOrCut) {
  const Image image = ramp(8, 8);
  const auto ours = prepare(image, plain);
  for (size_t i = 0; i < ours.size(); ++i)
    EXPECT_EQ(ours[i], static_cast<float>(image.rgb[i]) / 255.0f);
}

TEST(Prepare, CutsAtTheLargerHalfOfAnOddRest) {
  const Image image = ramp(8, 13);  // 5 columns too many: 3 go on the left
  const auto ours = prepare(image, plain);
  EXPECT_EQ(ours[0], static_cast<float>(image.rgb[3 * 3]) / 255.0f);
}

TEST(Prepare, ReversesTheChannelsForBlueFirst) {
  Preprocess how = plain;
  how.mean = {0.1f, 0.2f, 0.3f};
  how.std = {0.5f, 0.25f, 0.125f};
  const Image image = ramp(9, 11);
  const auto red_first = prepare(image, how);
  how.colour = Colour::bgr;
  const auto blue_first = prepare(image, how);
  for (size_t i = 0; i < red_first.size(); i += 3)
    for (size_t c = 0; c < 3; ++c) EXPECT_EQ(red_first[i + c], blue_first[i + 2 - c]);
}

TEST(Prepare, IsTheSameForATurnedPicture) {
  const Image image = ramp(11, 17);
  Image turned{.height = 17, .width = 11, .rgb = {}};
  for (size_t x = 0; x < 17; ++x)
    for (size_t y = 0; y < 11; ++y)
      for (size_t c = 0; c < 3; ++c) turned.rgb.push_back(image.rgb[3 * (y * 17 + x) + c]);
  const auto ours = prepare(image, plain), other = prepare(turned, plain);
  for (size_t y = 0; y < 8; ++y)
    for (size_t x = 0; x < 8; ++x)
      for (size_t c = 0; c < 3; ++c)
        EXPECT_NEAR(ours[3 * (8 * y + x) + c], other[3 * (8 * x + y) + c], 1e-6);
}

TEST(Prepare, EnlargesTheSmallestPicture) {
  const auto ours = prepare({.height = 1, .width = 1, .rgb = {255, 0, 51}}, plain);
  for (size_t i = 0; i < ours.size(); i += 3)
    EXPECT_EQ((std::vector<float>{ours[i], ours[i + 1], ours[i + 2]}),
              (std::vector<float>{1.0f, 0.0f, 0.2f}));
}

TEST(Prepare, RefusesACropLargerThanThePicture) {
  EXPECT_THAT([] { prepare(ramp(9, 9), {.resize = 200, .crop = 224}); },
              ::testing::ThrowsMessage<ShapeError>(::testing::HasSubstr("TEST.IM_SIZE")));
  EXPECT_THROW(prepare(ramp(9, 9), {.resize = 0, .crop = 0}), ShapeError);
  EXPECT_THROW(prepare(ramp(9, 9), {.resize = 8, .crop = -8}), ShapeError);
  EXPECT_THROW(prepare(Image{}, plain), ShapeError);
}

TEST(Photographs, OfTheProjectAreNamedWithTheirLicencesAndDecode) {
  const auto assets = testing::source_folder() / "assets";
  const std::string licences = read_text(assets / "LICENSES.md");
  const auto photos = list_images(assets / "photos");
  EXPECT_GE(photos.size(), 16u);
  for (const auto& path : photos) {
    EXPECT_NE(licences.find("| " + path.filename().string() + " |"), std::string::npos) << path;
    EXPECT_EQ(prepare(decode(path), {}).size(), size_t{3 * 224 * 224}) << path;
  }
}

}  // namespace
}  // namespace nnstretch::image

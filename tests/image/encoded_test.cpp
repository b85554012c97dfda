// Parts of pictures, and sizes by area. tests/image/data/make-resized makes what is compared with.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/files.h"
#include "base/npy.h"
#include "image/encoded.h"
#include "image/image.h"
#include "support/errors.h"
#include "support/paths.h"

namespace nnstretch::image {
namespace {

namespace fs = std::filesystem;

fs::path source() { return testing::source_folder(); }

// Numbers like those of a hash: the same in every run.
int number(uint32_t& state, int from, int to) {
  state = state * 1664525 + 1013904223;
  return from + static_cast<int>((state >> 8) % static_cast<uint32_t>(to - from + 1));
}

void expect_part_of_whole(const std::vector<std::byte>& bytes, const std::string& name, Dct method,
                          int boxes, uint32_t& state) {
  const Image whole = decode(bytes, name, method);
  const Encoded encoded(bytes, name, method);
  ASSERT_EQ(encoded.height(), whole.height) << name;
  ASSERT_EQ(encoded.width(), whole.width) << name;
  for (int i = 0; i < boxes; ++i) {
    Box box;
    box.height = number(state, 1, whole.height);
    box.width = number(state, 1, whole.width);
    box.y = number(state, 0, whole.height - box.height);
    box.x = number(state, 0, whole.width - box.width);
    const Patch part = encoded.decode(box);
    const View expected = cut(view(whole), box);
    for (int y = 0; y < box.height; ++y) {
      const auto row = static_cast<size_t>(y);
      ASSERT_TRUE(std::equal(expected.rgb + row * expected.pitch,
                             expected.rgb + row * expected.pitch + 3 * box.width,
                             part.view.rgb + row * part.view.pitch))
          << name << " row " << y << " of " << box.height << " x " << box.width << " at " << box.y
          << ", " << box.x;
    }
  }
}

TEST(Encoded, PartsAreThoseOfTheWholePicture) {
  uint32_t state = 1;
  for (const Dct method : {Dct::exact, Dct::fast}) {
    for (const auto& photo : list_images(source() / "assets/photos"))
      expect_part_of_whole(read_bytes(photo), photo.filename(), method, 20, state);
    // Small ones of every kind: grey, CMYK, progressive, turned, palettes.
    for (const auto& picture : list_images(source() / "tests/image/data"))
      expect_part_of_whole(read_bytes(picture), picture.filename(), method, 30, state);
  }
}

// Full, half and quarter colour: the sampling decides what a border needs.
TEST(Encoded, FullPrecisionAtEveryBlockBorder) {
  const Image photo = decode(source() / "assets/photos/cat.jpg");
  const auto bytes = encode_jpeg(view(photo), 90);
  const Image whole = decode(bytes, "again", Dct::fast);
  const Encoded encoded(bytes, "again", Dct::fast);
  for (int at = 0; at < 40; ++at) {
    const Patch part = encoded.decode({at, at, 17, 19});
    const View expected = cut(view(whole), {at, at, 17, 19});
    for (size_t y = 0; y < 17; ++y)
      ASSERT_TRUE(std::equal(expected.rgb + y * expected.pitch,
                             expected.rgb + y * expected.pitch + size_t{57},
                             part.view.rgb + y * part.view.pitch))
          << at << " row " << y;
  }
}

TEST(Encoded, SaysWhatIsDamaged) {
  auto bytes = read_bytes(source() / "assets/photos/cat.jpg");
  const std::string name = "cat.jpg";
  bytes.resize(bytes.size() / 2);
  const Encoded cut_short(bytes, name);
  EXPECT_NO_THROW(cut_short.decode({0, 0, 8, 8}));
  EXPECT_ERROR(cut_short.decode({cut_short.height() - 8, 0, 8, 8}), FormatError, "cat.jpg: ");
  EXPECT_ERROR(Encoded(std::span(bytes).first(100), name), FormatError, "cat.jpg: ");
  EXPECT_ERROR(Encoded({}, name), FormatError, "cat.jpg: an empty file", "convert it");
}

TEST(ResizeArea, IsWithinALevelOfOpenCv) {
  const NpyArray file = read_npy(source() / "tests/image/data/area-source.npy");
  const View noise{file.as<uint8_t>().data(), 24, 18, 3 * 18};
  int sizes = 0;
  for (const auto& entry : fs::directory_iterator(source() / "tests/image/data")) {
    int height = 0, width = 0;
    const std::string name = entry.path().filename();
    if (std::sscanf(name.c_str(), "area-%dx%d.npy", &height, &width) != 2) continue;
    ++sizes;
    const NpyArray resized = read_npy(entry.path());
    const auto expected = resized.as<uint8_t>();
    std::vector<uint8_t> ours(expected.size());
    resize_area(noise, height, width, ours.data());
    for (size_t i = 0; i < ours.size(); ++i)
      ASSERT_NEAR(ours[i], expected[i], 1) << name << " " << i;
  }
  EXPECT_EQ(sizes, 7);
}

}  // namespace
}  // namespace nnstretch::image

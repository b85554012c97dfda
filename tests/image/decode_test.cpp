// Decoding against OpenCV 4.10 (cv::imread, default flags), pixel for pixel: data/NAME.npy holds
// what it made of data/NAME, in (red, green, blue).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/npy.h"
#include "image/codecs.h"
#include "image/image.h"
#include "support/errors.h"
#include "support/paths.h"

namespace nnstretch::image {
namespace {

using ::testing::HasSubstr;

std::filesystem::path data() { return testing::source_folder() / "tests/image/data"; }

class Picture : public ::testing::TestWithParam<std::string> {};

TEST_P(Picture, DecodesToThePixelsOfOpenCv) {
  const Image image = decode(data() / GetParam());
  const NpyArray expected = read_npy(data() / (GetParam() + ".npy"));
  ASSERT_EQ((std::vector<int64_t>{image.height, image.width, 3}), expected.shape);
  const auto pixels = expected.as<uint8_t>();
  EXPECT_TRUE(std::equal(pixels.begin(), pixels.end(), image.rgb.begin(), image.rgb.end()));
}

INSTANTIATE_TEST_SUITE_P(Jpeg, Picture,
                         ::testing::Values("plain.jpg", "half.jpg", "full.jpg", "progressive.jpg",
                                           "restart.jpg", "grey.jpg", "cmyk.jpg", "ycck.jpg"));
INSTANTIATE_TEST_SUITE_P(Turned, Picture,
                         ::testing::Values("turned1.jpg", "turned2.jpg", "turned3.jpg",
                                           "turned4.jpg", "turned5.jpg", "turned6.jpg",
                                           "turned7.jpg", "turned8.jpg", "turned6.png"));
INSTANTIATE_TEST_SUITE_P(Png, Picture,
                         ::testing::Values("rgb.png", "grey.png", "bits.png", "palette.png",
                                           "palette_hole.png", "alpha.png", "grey_alpha.png",
                                           "grey_hole.png", "deep.png", "deep_grey.png",
                                           "interlaced.png"));

TEST(Decode, OfAPhotographGivesThePixelsOfOpenCv) {
  NNSTRETCH_NEEDS_SHARED();
  const auto folder = testing::shared_folder() / "golden/jpeg";
  const Image image = decode(folder / "ILSVRC2012_val_00000001.JPEG");
  const Image expected = decode(folder / "ILSVRC2012_val_00000001.decoded.png");
  EXPECT_EQ(image.height, 375);
  EXPECT_EQ(image.width, 500);
  EXPECT_EQ(image.rgb, expected.rgb);
}

std::string complaint(std::span<const std::byte> bytes) {
  try {
    decode(bytes, "some.file");
  } catch (const FormatError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Decode, RefusesFilesOfOtherKinds) {
  EXPECT_THAT(complaint({}), HasSubstr("some.file: an empty file"));
  EXPECT_THAT(complaint(read_bytes(data() / "plain.jpg.npy")),
              HasSubstr("some.file: neither a JPEG nor a PNG"));
  EXPECT_ERROR(decode(data() / "none.jpg"), IoError, "/none.jpg", "No such file");
}

TEST(Decode, RefusesEveryCutOfAFile) {
  for (const char* name : {"plain.jpg", "progressive.jpg", "cmyk.jpg", "rgb.png", "palette.png"}) {
    const auto bytes = read_bytes(data() / name);
    // What follows the pixels of a PNG is not read; a JPEG needs its closing marker.
    const size_t closing = is_png(bytes) ? 12 + 4 : 0;
    for (size_t length = 0; length + closing < bytes.size(); length += 7)
      EXPECT_THAT(complaint(std::span(bytes).first(length)), HasSubstr("some.file: "))
          << name << " cut to " << length;
  }
}

TEST(Decode, SurvivesDamage) {
  uint64_t state = 7;
  const auto next = [&](size_t below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<size_t>(state >> 33) % below;
  };
  for (const char* name : {"plain.jpg", "progressive.jpg", "restart.jpg", "ycck.jpg", "turned6.jpg",
                           "interlaced.png", "palette.png", "turned6.png"}) {
    const auto good = read_bytes(data() / name);
    for (int round = 0; round < 400; ++round) {
      auto bytes = good;
      for (size_t change = 0; change <= next(4); ++change)
        bytes[2 + next(bytes.size() - 2)] = static_cast<std::byte>(next(256));
      complaint(bytes);  // accepted or refused, but answered
    }
  }
}

TEST(Decode, RefusesSizesThatNoPictureHas) {
  auto jpeg = read_bytes(data() / "plain.jpg");
  for (size_t i = 0; i + 8 < jpeg.size(); ++i)
    if (jpeg[i] == std::byte{0xFF} && jpeg[i + 1] == std::byte{0xC0})  // start of frame
      std::fill_n(&jpeg[i + 5], 4, std::byte{0xFD});
  EXPECT_THAT(complaint(jpeg), HasSubstr("65021 x 65021 pixels"));
}

// Its last scan over and over: each would cost a pass over the whole picture.
TEST(Decode, RefusesAProgressiveFileOfEndlessScans) {
  const auto good = read_bytes(data() / "progressive.jpg");
  const std::array scan = {std::byte{0xFF}, std::byte{0xDA}};
  const auto last = std::find_end(good.begin(), good.end(), scan.begin(), scan.end());
  std::vector<std::byte> bytes(good.begin(), good.end() - 2);
  for (int i = 0; i < 2000; ++i) bytes.insert(bytes.end(), last, good.end() - 2);
  EXPECT_THAT(complaint(bytes), HasSubstr("more scans than any picture needs"));
}

TEST(ListImages, FindsPicturesInSubfoldersInOrder) {
  const testing::TemporaryFolder folder;
  for (const char* name : {"b/2.JPEG", "b/10.png", "a.jpg", "b/c/3.Jpeg", "b/c/4.jfif", "notes.txt",
                           "jpg", ".hidden.jpg"})
    write_atomic(folder / name, std::string_view("x"));
  std::filesystem::create_directory(folder / "folder.jpg");
  std::filesystem::create_symlink("nowhere", folder / "link.jpg");
  std::vector<std::string> found;
  for (const auto& path : list_images(folder.path()))
    found.push_back(std::filesystem::relative(path, folder.path()).string());
  EXPECT_EQ(found, (std::vector<std::string>{"a.jpg", "b/10.png", "b/2.JPEG", "b/c/3.Jpeg",
                                             "b/c/4.jfif"}));
  EXPECT_EQ(list_images(folder / "a.jpg").size(), 1u);
  EXPECT_ERROR(list_images(folder / "none"), IoError, "/none",
               "name a folder of JPEG or PNG files");
}

}  // namespace
}  // namespace nnstretch::image

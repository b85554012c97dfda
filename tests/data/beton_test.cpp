// FFCV's files. The bytes that are read are put together here from the description of the format;
// what is written is read by FFCV itself in tests/e2e/beton_files.py.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "data/beton.h"
#include "data/beton_bytes.h"
#include "data/beton_writer.h"
#include "data/picture.h"
#include "image/image.h"
#include "image/orientation.h"
#include "support/errors.h"
#include "support/paths.h"

namespace nnstretch::data {
namespace {

namespace fs = std::filesystem;
using nnstretch::testing::TemporaryFolder;

std::string failure_of(const BetonBytes& file) {
  try {
    parse_beton(file.bytes, "x.beton");
  } catch (const FormatError& error) {
    return error.what();
  }
  return "none";
}

TEST(Beton, ReadsSamplesWhereTheTableHasThem) {
  TemporaryFolder folder;
  const BetonBytes file;
  write_atomic(folder / "x.beton", file.bytes);
  const auto dataset = open_dataset(folder / "x.beton", "train");
  ASSERT_EQ(dataset->size(), 2u);
  EXPECT_EQ(dataset->class_count(), 4u);
  const Sample sample = dataset->read(0);
  EXPECT_EQ(sample.label, 3);
  EXPECT_EQ(sample.width, 2);
  EXPECT_EQ(sample.height, 1);
  ASSERT_EQ(sample.bytes.size(), 6u);
  EXPECT_EQ(static_cast<int>(sample.bytes[0]), 60);
  EXPECT_EQ(static_cast<int>(dataset->read(1).bytes[5]), 50);
  EXPECT_EQ(parse_beton(file.bytes, "x").fields,
            (std::vector<std::string>{"image_of_16_char", "weight", "label"}));
}

TEST(Beton, SaysWhereAFileIsDamaged) {
  using ::testing::HasSubstr;
  constexpr size_t sample = BetonBytes::records, row = BetonBytes::table;
  EXPECT_EQ(failure_of(BetonBytes()), "none");
  EXPECT_THAT(failure_of(BetonBytes().put<uint16_t>(0, 3)),
              HasSubstr("x.beton: byte 0: version 3"));
  EXPECT_THAT(failure_of(BetonBytes().put<uint16_t>(2, 60000)), HasSubstr("byte 2: 60000 fields"));
  EXPECT_THAT(failure_of(BetonBytes().put<uint32_t>(4, 500)), HasSubstr("byte 4: a page"));
  EXPECT_THAT(failure_of(BetonBytes().put<uint32_t>(4, 0)), HasSubstr("byte 4: a page"));
  EXPECT_THAT(failure_of(BetonBytes().put<uint64_t>(8, 1000)), HasSubstr("byte 8: 1000 samples"));
  EXPECT_THAT(failure_of(BetonBytes().put<uint64_t>(8, UINT64_MAX)), HasSubstr("byte 8:"));
  EXPECT_THAT(failure_of(BetonBytes().put<uint64_t>(16, UINT64_MAX)), HasSubstr("byte 16:"));
  EXPECT_THAT(failure_of(BetonBytes().put<uint64_t>(16, row + 1)), HasSubstr("byte 16:"));
  EXPECT_THAT(failure_of(BetonBytes().put<uint8_t>(24 + 1041, 255)),
              HasSubstr("byte 1065: a field"));
  EXPECT_THAT(failure_of(BetonBytes().put<uint8_t>(24, 3)), HasSubstr("no field of pictures"));
  EXPECT_THAT(failure_of(BetonBytes().put<uint8_t>(sample, 2)),
              HasSubstr("byte 3147: sample 0 is of mode 2"));
  EXPECT_THAT(failure_of(BetonBytes().put<uint16_t>(sample + 1, 3)),
              HasSubstr("byte 3148: sample 0 of 3 x 1"));
  EXPECT_THAT(failure_of(BetonBytes().put<uint16_t>(sample + 3, 0)), HasSubstr("byte 3148:"));
  EXPECT_THAT(failure_of(BetonBytes().put<uint64_t>(sample + 5, 77)),
              HasSubstr("byte 3152: sample 0 has"));
  EXPECT_THAT(failure_of(BetonBytes().put<int64_t>(sample + 24, -1)),
              HasSubstr("byte 3171: sample 0 has"));
  EXPECT_THAT(failure_of(BetonBytes().put<uint64_t>(row, 2)),
              HasSubstr("byte 4096: an allocation"));
  EXPECT_THAT(failure_of(BetonBytes().put<uint64_t>(row, 0)), HasSubstr("sample 1 has its pixels"));
  EXPECT_THAT(failure_of(BetonBytes().put<uint64_t>(row + 8, row)),
              HasSubstr("byte 4096: 6 bytes at 4096"));
  EXPECT_THAT(failure_of(BetonBytes().put<uint64_t>(row + 16, UINT64_MAX)),
              HasSubstr("byte 4096:"));
}

TEST(Beton, SurvivesBeingCutAnywhere) {
  const BetonBytes file;
  for (size_t size = 0; size < file.bytes.size(); ++size)
    EXPECT_THROW(parse_beton(std::span(file.bytes).first(size), "cut"), FormatError) << size;
}

class Written : public ::testing::Test {
 protected:
  Written() {
    fs::create_directories(folder_ / "in/a");
    fs::create_directories(folder_ / "in/b");
    int i = 0;
    for (const auto& photo :
         image::list_images(nnstretch::testing::source_folder() / "assets/photos"))
      if (++i <= 12) fs::copy_file(photo, folder_ / (i % 2 ? "in/a" : "in/b") / photo.filename());
    pictures_ = open_dataset(folder_ / "in", "train");
  }
  std::unique_ptr<Beton> write(const BetonOptions& options) {
    summary_ = write_beton(*pictures_, folder_ / "out.beton", options);
    return std::make_unique<Beton>(folder_ / "out.beton");
  }
  TemporaryFolder folder_;
  std::unique_ptr<Dataset> pictures_;
  BetonSummary summary_;
};

std::vector<uint8_t> pixels_of(const Sample& sample) {
  const Picture picture(sample);
  const image::Patch patch = picture.all();
  std::vector<uint8_t> pixels;
  for (int y = 0; y < patch.view.height; ++y) {
    const uint8_t* row = patch.view.rgb + static_cast<size_t>(y) * patch.view.pitch;
    pixels.insert(pixels.end(), row, row + 3 * patch.view.width);
  }
  return pixels;
}

TEST_F(Written, RawKeepsEveryPixel) {
  const auto beton = write({.mode = BetonMode::raw});
  ASSERT_EQ(beton->size(), pictures_->size());
  EXPECT_EQ(summary_.raw, pictures_->size());
  for (size_t i = 0; i < beton->size(); ++i) {
    EXPECT_EQ(beton->label(i), pictures_->label(i));
    ASSERT_EQ(pixels_of(beton->read(i)), pixels_of(pictures_->read(i))) << i;
  }
}

// FFCV stores what Pillow reads, which EXIF does not turn.
TEST(WrittenTurned, LiesAsInItsFile) {
  const TemporaryFolder folder;
  fs::create_directories(folder / "in/a");
  for (int n = 1; n <= 8; ++n) {
    const auto name = fmt::format("turned{}.jpg", n);
    fs::copy_file(nnstretch::testing::source_folder() / "tests/image/data" / name,
                  folder / "in/a" / name);
  }
  const auto pictures = open_dataset(folder / "in", "train");
  write_beton(*pictures, folder / "out.beton", {.mode = BetonMode::raw});
  const Beton beton(folder / "out.beton");
  ASSERT_EQ(beton.size(), 8u);
  for (size_t i = 0; i < 8; ++i) {
    const Sample stored = beton.read(i);
    const image::Image seen = image::decode(pictures->read(i).bytes, "seen");
    EXPECT_EQ(std::pair(stored.width, stored.height), std::pair(31, 22)) << i;
    const image::Image turned =
        image::upright({.height = stored.height, .width = stored.width, .rgb = pixels_of(stored)},
                       static_cast<int>(i) + 1);
    EXPECT_EQ(turned.rgb, seen.rgb) << i;
  }
}

TEST_F(Written, NoSampleCrossesAPage) {
  constexpr uint64_t page = 2 << 20;
  const auto beton = write({.mode = BetonMode::raw, .page_size = page});
  uint64_t last = 0;
  for (const BetonRecord& record : beton->index().records) {
    EXPECT_EQ(record.offset / page, (record.offset + record.size - 1) / page);
    EXPECT_GE(record.offset, page);
    last = std::max(last, record.offset + record.size);
  }
  EXPECT_EQ(fs::file_size(folder_ / "out.beton"),
            (last + page - 1) / page * page + 24 * beton->size());
}

TEST_F(Written, ModesChooseWhatBecomesJpg) {
  const auto jpgs = [](const Beton& beton) {
    return std::count_if(beton.index().records.begin(), beton.index().records.end(),
                         [](const BetonRecord& r) { return r.mode == beton::ImageMode::jpg; });
  };
  EXPECT_EQ(jpgs(*write({.mode = BetonMode::jpg})), 12);
  const auto half = write({.mode = BetonMode::proportion, .seed = 4, .workers = 3});
  EXPECT_GT(jpgs(*half), 0);
  EXPECT_LT(jpgs(*half), 12);
  const auto bytes = read_bytes(folder_ / "out.beton");
  write({.mode = BetonMode::proportion, .seed = 4});
  EXPECT_EQ(read_bytes(folder_ / "out.beton"), bytes);  // whatever the workers
  const auto smart = write({.mode = BetonMode::smart, .smart_threshold = 400'000});
  for (const BetonRecord& r : smart->index().records)
    EXPECT_EQ(r.mode == beton::ImageMode::jpg, 3 * r.width * r.height > 400'000);
}

TEST_F(Written, LongerSidesAreCutDown) {
  const auto beton = write({.mode = BetonMode::raw, .max_resolution = 100});
  for (const BetonRecord& record : beton->index().records)
    EXPECT_EQ(std::max(record.width, record.height), 100);
}

TEST_F(Written, RefusesWhatCannotBe) {
  EXPECT_ERROR(write({.mode = BetonMode::smart}), UsageError, "smart needs a threshold",
               "`smart_threshold`");
  EXPECT_ERROR(write({.page_size = 3 << 20}), UsageError, "pages of 3145728 bytes",
               "a power of two from 2097152");
  EXPECT_ERROR(write({.compress_probability = 1.5}), UsageError, "1.5 is no probability", "0 to 1");
  const auto photo = *fs::directory_iterator(folder_ / "in/b");
  write_atomic(photo.path(), std::string_view("no picture"));
  EXPECT_ERROR(write({}), FormatError, "neither a JPEG nor a PNG", "convert it");
  EXPECT_FALSE(fs::exists(folder_ / "out.beton"));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_.path()), {}), 1);  // nothing half-written
}

}  // namespace
}  // namespace nnstretch::data

// Letters from fonts, with the fonts that there are.
#include <algorithm>

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "data/beton.h"
#include "data/font_face.h"
#include "data/glyphs.h"
#include "support/errors.h"
#include "support/paths.h"

namespace nnstretch::data {
namespace {

namespace fs = std::filesystem;
using nnstretch::testing::TemporaryFolder;

// A few fonts in a folder, of two families at least; empty if the machine has none.
std::vector<fs::path> some_fonts() {
  std::vector<fs::path> found;
  for (const char* name : {"DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSansMono.ttf",
                           "LiberationSans-Regular.ttf", "Lato-Regular.ttf"})
    for (const char* folder : {"dejavu", "liberation", "liberation2", "lato"})
      if (const auto path = fs::path("/usr/share/fonts/truetype") / folder / name; fs::exists(path))
        found.push_back(path);
  return found;
}

class Glyphs : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(folder_ / "fonts");
    for (const fs::path& font : some_fonts())
      fs::copy_file(font, folder_ / "fonts" / font.filename(), fs::copy_options::skip_existing);
    if (!fs::exists(folder_ / "fonts/DejaVuSans.ttf") ||
        !fs::exists(folder_ / "fonts/LiberationSans-Regular.ttf"))
      GTEST_SKIP()
          << "fonts-dejavu-core or fonts-liberation is not installed; scripts/setup --tests";
  }
  GlyphOptions options(const std::string& out) const {
    return {.fonts = {folder_ / "fonts"}, .out = folder_ / out};
  }
  TemporaryFolder folder_;
};

TEST_F(Glyphs, FamiliesAreInOneSplitOnly) {
  const GlyphSummary summary = make_glyphs(options("out"));
  EXPECT_EQ(summary.train + summary.val, 26 * summary.faces);
  const auto train = open_dataset(folder_ / "out", "train"),
             val = open_dataset(folder_ / "out", "val");
  EXPECT_EQ(train->size(), summary.train);
  EXPECT_EQ(val->size(), summary.val);
  EXPECT_GT(val->size(), 0u);
  EXPECT_EQ(train->class_count(), 26u);
  const std::string list = read_text(folder_ / "out/families.txt");
  const bool dejavu_val = list.find("val   DejaVu") != list.npos;
  EXPECT_NE(dejavu_val, list.find("train DejaVu") != list.npos) << list;
}

TEST_F(Glyphs, TheSameSeedGivesTheSameBytes) {
  make_glyphs(options("one"));
  make_glyphs(options("same"));
  GlyphOptions other = options("other");
  other.seed = 2;
  make_glyphs(other);
  const auto bytes = read_bytes(folder_ / "one/train.beton");
  EXPECT_EQ(read_bytes(folder_ / "same/train.beton"), bytes);
  EXPECT_NE(read_bytes(folder_ / "other/train.beton"), bytes);
}

// What is drawn is the letter: an I is narrower than an M, an O has a hole, an L is dark at the
// left and at the bottom.
TEST_F(Glyphs, LettersLookLikeThemselves) {
  const auto face = FontReader().read(folder_ / "fonts/DejaVuSans.ttf");
  ASSERT_TRUE(face);
  EXPECT_EQ(face->family, "DejaVu Sans");
  ASSERT_EQ(face->letters.size(), 26u);
  const auto letter = [&](char name) { return face->letters[static_cast<size_t>(name - 'A')]; };
  const auto at = [](const Ink& ink, double y, double x) {
    return static_cast<int>(
        ink.levels[static_cast<size_t>(y * (ink.height - 1)) * static_cast<size_t>(ink.width) +
                   static_cast<size_t>(x * (ink.width - 1))]);
  };
  EXPECT_LT(3 * letter('I').width, letter('M').width);
  EXPECT_EQ(at(letter('O'), 0.5, 0.5), 0);
  EXPECT_GT(at(letter('O'), 0.5, 0.05), 128);
  EXPECT_GT(at(letter('L'), 0.5, 0.12), 128);
  EXPECT_GT(at(letter('L'), 0.95, 0.8), 128);
  EXPECT_EQ(at(letter('L'), 0.3, 0.8), 0);
}

// Colours are told apart by brightness, so a picture is never flat.
TEST_F(Glyphs, EveryPictureHasContrast) {
  make_glyphs(options("out"));
  const auto train = open_dataset(folder_ / "out", "train");
  for (size_t i = 0; i < train->size(); ++i) {
    const Sample sample = train->read(i);
    ASSERT_EQ(sample.height, 32);
    ASSERT_EQ(sample.width, 32);
    double least = 255, most = 0;
    for (size_t p = 0; p < sample.bytes.size(); p += 3) {
      const auto value = [&](size_t c) { return static_cast<double>(sample.bytes[p + c]); };
      const double grey = 0.3 * value(0) + 0.59 * value(1) + 0.11 * value(2);
      least = std::min(least, grey);
      most = std::max(most, grey);
    }
    ASSERT_GT(most - least, 25) << i;
  }
}

TEST_F(Glyphs, SaysThatThereAreNoFonts) {
  fs::create_directories(folder_ / "empty");
  EXPECT_ERROR(make_glyphs({.fonts = {folder_ / "empty"}, .out = folder_ / "out"}), IoError,
               "empty: no fonts", "scripts/setup --glyphs");
  write_atomic(folder_ / "empty/x.ttf", std::string_view("no font"));
  EXPECT_ERROR(make_glyphs({.fonts = {folder_ / "empty"}, .out = folder_ / "out"}), FormatError,
               "0 families of fonts", "scripts/setup --glyphs");
}

}  // namespace
}  // namespace nnstretch::data

#include "base/names.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <random>

#include "base/error.h"
#include "base/json.h"
#include "support/paths.h"

namespace nnstretch {
namespace {

TEST(Printable, EscapesWhatSteersATerminalOrHidesText) {
  EXPECT_EQ(printable("a\x1b[31mred"), "a\\x1b[31mred");
  EXPECT_EQ(printable("a\nb\tc\rd"), "a\\nb\\tc\\rd");
  EXPECT_EQ(printable(std::string_view("a\0b", 3)), "a\\x00b");
  EXPECT_EQ(printable("\x7f"), "\\x7f");
  EXPECT_EQ(printable("\u009b31m"), "\\xc2\\x9b31m");               // CSI in one character
  EXPECT_EQ(printable("gpj.\u202etxt"), "gpj.\\xe2\\x80\\xaetxt");  // turns the direction
}

TEST(Printable, KeepsTextInAnyLanguage) {
  for (const char* text : {"", "plain", "Grüße", "日本語", "😀", "a\\nb", "'\"%"})
    EXPECT_EQ(printable(text), text);
}

// By the table of well-formed byte sequences of the Unicode standard (3-7).
TEST(Printable, EscapesBytesThatAreNoUtf8) {
  EXPECT_EQ(printable("\xff"), "\\xff");
  EXPECT_EQ(printable("\xc3"), "\\xc3");                             // cut short
  EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf");                    // '/' in two bytes
  EXPECT_EQ(printable("\xe0\x80\xaf"), "\\xe0\\x80\\xaf");           // in three
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");           // half a pair
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");  // beyond the last one
  EXPECT_EQ(printable("\xe2\x82\xac\xe2\x82"), "€\\xe2\\x82");
}

TEST(Printable, IsAppliedToEveryError) {
  const IoError error({.what = "cannot read", .where = "evil\x1b[2J\nname"});
  EXPECT_STREQ(error.what(), "evil\\x1b[2J\\nname: cannot read");
}

std::string random_name(std::mt19937& random) {
  static const std::vector<std::string> kPieces = {
      ".",    "..", "/",    "\\", "%",      "%2F",    "a",  "A",   "-",
      "\x1b", "\n", "\xff", "é",  "\u202e", "conv_1", ":0", "%-a", std::string(1, '\0')};
  std::string name;
  const size_t pieces = random() % 12;
  for (size_t i = 0; i < pieces; ++i) name += kPieces[random() % kPieces.size()];
  if (random() % 8 == 0) name += std::string(random() % 400, "xé"[random() % 3]);
  return name;
}

// Whatever comes out is a name that the system takes, in this very folder, and no other name's.
TEST(FileNameFor, GivesEveryNameAFileOfItsOwnInTheFolder) {
  const testing::TemporaryFolder folder;
  constexpr unsigned kSeed = 7;
  SCOPED_TRACE(kSeed);
  std::mt19937 random(kSeed);
  std::map<std::string, std::string> name_of;
  std::vector<std::string> names = {"",
                                    ".",
                                    "..",
                                    "/etc/x",
                                    "../x",
                                    "a/b",
                                    "a%2Fb",
                                    std::string(300, 'x'),
                                    std::string(301, 'x')};
  for (int i = 0; i < 2000; ++i) names.push_back(random_name(random));
  for (const std::string& name : names) {
    const std::string file = file_name_for(name);
    const auto [known, is_new] = name_of.emplace(file, name);
    ASSERT_EQ(known->second, name) << file;
    ASSERT_EQ(printable(file), file);
    ASSERT_EQ(std::filesystem::path(file).filename(), file);
    ASSERT_NE(file[0], '.');
    ASSERT_LE(file.size(), 180u);
    if (is_new) std::ofstream(folder / (file + ".npy")) << name;
  }
  size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path())) {
    ++files;
    ASSERT_TRUE(entry.is_regular_file());
  }
  EXPECT_EQ(files, name_of.size());
}

TEST(FileNameFor, KeepsNamesThatAreFileNames) {
  for (const char* name : {"conv1", "s1_cpu_b1.conv", "StatefulPartitionedCall:0", "a b;c", "ñ"})
    EXPECT_EQ(file_name_for(name), name);
}

TEST(JsonText, IsValidWhateverBytesNamesHave) {
  const std::string name = "a\xff\x1b\n\"";
  const std::string text = json_text(nlohmann::json{{name, name}});
  EXPECT_EQ(nlohmann::json::parse(text).begin().value(), "a\uFFFD\x1b\n\"");
}

}  // namespace
}  // namespace nnstretch

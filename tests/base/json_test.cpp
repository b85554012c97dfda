// JSON of strangers: deep nesting is refused before anything walks through it.
#include "base/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace nnstretch {
namespace {

using ::testing::HasSubstr;

std::string nested(size_t levels, std::string_view open, std::string_view close) {
  std::string text, end;
  for (size_t i = 0; i < levels; ++i) text += open, end += close;
  return text + "1" + end;
}

std::string complaint(std::string_view text, int deepest = 64) {
  try {
    parse_json(text, "x.json", deepest);
  } catch (const FormatError& error) {
    return error.what();
  }
  return "read";
}

TEST(Json, IsReadUpToADepth) {
  EXPECT_EQ(complaint(nested(64, "[", "]")), "read");
  EXPECT_THAT(complaint(nested(65, "[", "]")), HasSubstr("x.json: JSON nested deeper than 64"));
  EXPECT_THAT(complaint(nested(65, R"({"a":)", "}")), HasSubstr("deeper than 64"));
  EXPECT_THAT(complaint(nested(300'000, "[", "]")), HasSubstr("deeper than 64"));
  EXPECT_THAT(complaint(nested(300'000, "[", "")), HasSubstr("deeper than 64"));
}

TEST(Json, BracketsInTextAreNoDepth) {
  EXPECT_EQ(complaint(R"(["[[[[[[", "\"[[[[", {"{{{{\\": "]]]]"}])", 2), "read");
  EXPECT_EQ(complaint("[[1], [2], [3], [4], {}, {}]", 2), "read");
}

TEST(Json, SaysWhatIsNone) {
  for (const char* text : {"", "{", "[1,", "nonsense", "{\"a\": 1e999}", "[]]", "\"\xff\""})
    EXPECT_THAT(complaint(text), HasSubstr("x.json: no JSON: ")) << text;
}

TEST(Json, KeepsTheOrderOfKeysWhereItIsAsked) {
  const auto json = parse_json<nlohmann::ordered_json>(R"({"b": 1, "a": 2})", "x.json");
  EXPECT_EQ(json.begin().key(), "b");
  EXPECT_EQ(parse_json(R"({"b": 1, "a": 2})", "x.json").begin().key(), "a");
}

}  // namespace
}  // namespace nnstretch

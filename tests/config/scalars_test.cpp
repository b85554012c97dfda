// Scalars of YAML files and Python literals. The expected values were printed by PyYAML 6
// (safe_load) and Python 3.11 (ast.literal_eval).
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error.h"
#include "config/python_literal.h"
#include "config/yaml_scalar.h"

namespace nnstretch::config {
namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

struct Case {
  std::string text;
  Value meaning;
};

TEST(YamlScalar, MeansWhatPyYamlReads) {
  const Case cases[] = {
      {"yes", true},      {"No", false},
      {"on", true},       {"True", true},
      {"tRue", "tRue"},   {"~", {}},
      {"null", {}},       {"NULL", {}},
      {"", {}},           {"0", 0},
      {"-3", -3},         {"+7", 7},
      {"010", 8},         {"0o10", "0o10"},
      {"08", "08"},       {"0x1F", 31},
      {"0b101", 5},       {"1_000", 1000},
      {"1:30", 90},       {"-1:30:05", -5405},
      {"1.5", 1.5},       {"1.", 1.0},
      {".5", 0.5},        {"-.5", "-.5"},
      {"5e-5", "5e-5"},   {"5.0e-5", 5e-5},
      {"5.e-05", 5e-5},   {"1e3", "1e3"},
      {"1.0e3", "1.0e3"}, {"1.0e+3", 1000.0},
      {".inf", infinite}, {"-.INF", -infinite},
      {"1:30.5", 90.5},   {"1_0.5", 10.5},
      {"relu", "relu"},   {"0.1.2", "0.1.2"},
      {"1e", "1e"},       {"e5", "e5"},
      {".", "."},         {"9223372036854775807", std::numeric_limits<int64_t>::max()},
  };
  for (const Case& c : cases) EXPECT_EQ(resolve_plain_scalar(c.text), c.meaning) << c.text;
  EXPECT_TRUE(std::isnan(*resolve_plain_scalar(".NaN").get_if<double>()));
}

TEST(YamlScalar, RefusesIntegersThatDoNotFit) {
  EXPECT_THROW(resolve_plain_scalar("9223372036854775808"), FormatError);
  EXPECT_THROW(resolve_plain_scalar("1000000:00:00:00:00:00:00:00"), FormatError);
}

TEST(YamlScalar, FollowsQuotesAndTags) {
  EXPECT_EQ(resolve_scalar("!", "8"), Value("8"));
  EXPECT_EQ(resolve_scalar("tag:yaml.org,2002:str", "8"), Value("8"));
  EXPECT_EQ(resolve_scalar("tag:yaml.org,2002:float", "1"), Value(1.0));
  EXPECT_THROW(resolve_scalar("tag:yaml.org,2002:int", "one"), FormatError);
  EXPECT_THROW(resolve_scalar("tag:yaml.org,2002:python/object:os.system", "ls"), FormatError);
}

TEST(PythonLiteral, MeansWhatPythonReads) {
  const Case cases[] = {
      {"5e-5", 5e-5},
      {"8", 8},
      {"-8", -8},
      {"+8", 8},
      {"- 5", -5},
      {"00", 0},
      {"0x1f", 31},
      {"0o17", 15},
      {"1_000", 1000},
      {"1.", 1.0},
      {"1.e5", 1e5},
      {".5", 0.5},
      {"-.5", -0.5},
      {"1e400", infinite},
      {"1e-400", 0.0},
      {"True", true},
      {"None", {}},
      {"'a'", "a"},
      {"\"a b\"", "a b"},
      {"'it\\'s'", "it's"},
      {" 5 ", 5},
      {"5\n", 5},
      {"[1, 2.5, 'x', [True, None]]", List{1, 2.5, "x", List{true, {}}}},
      {"(1, 2)", List{1, 2}},
      {"(1)", 1},
      {"(1,)", List{1}},
      {"()", List{}},
      {"[]", List{}},
      {"[1,]", List{1}},
      {"1, 2", List{1, 2}},
      {"1,", List{1}},
      {"[1,\n2]", List{1, 2}},
  };
  for (const Case& c : cases) EXPECT_EQ(python_literal(c.text), c.meaning) << c.text;
}

TEST(PythonLiteral, LeavesEverythingElseText) {
  for (const char* text : {"true",  "0777", "1__0", "1_",  "[1",   "[1 2]", "relu",
                           "1+2",   "1j",   "{}",   "--5", "'a",   "1.5.2", "inf",
                           "nan",   "b'a'", "[a]",  "0xg", "1e",   "1e+",   "5 5",
                           "-True", "",     ".",    ",",   "1\n2", "'a' b", "99999999999999999999"})
    EXPECT_EQ(python_literal(text), std::nullopt) << text;
}

TEST(PythonLiteral, DoesNotFollowBracketsWithoutEnd) {
  EXPECT_EQ(python_literal(std::string(100'000, '[')), std::nullopt);
}

TEST(PythonLiteral, ReadsWhatItQuotes) {
  for (const std::string text : {"8", "it's", "a\\b", "\"", "two\nlines\t", "[1, 2]", ""})
    EXPECT_EQ(python_literal(python_quoted(text)), Value(text));
}

}  // namespace
}  // namespace nnstretch::config

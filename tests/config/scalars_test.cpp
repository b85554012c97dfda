// Scalars of YAML files and Python literals. The expected values were printed by PyYAML 6
// (safe_load) and Python 3.11 (ast.literal_eval).
#include <gtest/gtest.h>

#include "base/error.h"
#include "config/python_literal.h"
#include "config/yaml_scalar.h"
#include "support/errors.h"

namespace nnstretch::config {
namespace {

struct Case {
  const char *text, *meaning;
};

// "int 8", "str yes", "list [1, 2]"
std::string described(const Value& value) {
  return std::string(type_name(value)) + ' ' + to_yaml(value);
}

TEST(YamlScalar, MeansWhatPyYamlReads) {
  const Case cases[] = {
      {"yes", "bool true"},
      {"No", "bool false"},
      {"on", "bool true"},
      {"True", "bool true"},
      {"tRue", "str tRue"},
      {"~", "null null"},
      {"null", "null null"},
      {"NULL", "null null"},
      {"", "null null"},
      {"0", "int 0"},
      {"-3", "int -3"},
      {"+7", "int 7"},
      {"010", "int 8"},
      {"0o10", "str \"0o10\""},
      {"08", "str \"08\""},
      {"0x1F", "int 31"},
      {"0b101", "int 5"},
      {"1_000", "int 1000"},
      {"1:30", "int 90"},
      {"-1:30:05", "int -5405"},
      {"1.5", "float 1.5"},
      {"1.", "float 1.0"},
      {".5", "float 0.5"},
      {"-.5", "str \"-.5\""},
      {"5e-5", "str \"5e-5\""},
      {"5.0e-5", "float 5.0e-05"},
      {"5.e-05", "float 5.0e-05"},
      {"1e3", "str \"1e3\""},
      {"1.0e3", "str \"1.0e3\""},
      {"1.0e+3", "float 1000.0"},
      {".inf", "float .inf"},
      {"-.INF", "float -.inf"},
      {".NaN", "float .nan"},
      {"1:30.5", "float 90.5"},
      {"1_0.5", "float 10.5"},
      {"relu", "str relu"},
      {"0.1.2", "str \"0.1.2\""},
      {"1e", "str \"1e\""},
      {"e5", "str e5"},
      {".", "str ."},
      {"9223372036854775807", "int 9223372036854775807"},
  };
  for (const Case& c : cases) EXPECT_EQ(described(resolve_plain_scalar(c.text)), c.meaning);
}

TEST(YamlScalar, RefusesIntegersThatDoNotFit) {
  EXPECT_ERROR(resolve_plain_scalar("9223372036854775808"), FormatError,
               "9223372036854775808 does not fit a 64-bit integer");
  EXPECT_ERROR(resolve_plain_scalar("1000000:00:00:00:00:00:00:00"), FormatError,
               "1000000:00:00:00:00:00:00:00 is too large");
}

TEST(YamlScalar, FollowsQuotesAndTags) {
  EXPECT_EQ(resolve_scalar("!", "8"), Value("8"));
  EXPECT_EQ(resolve_scalar("tag:yaml.org,2002:str", "8"), Value("8"));
  EXPECT_EQ(resolve_scalar("tag:yaml.org,2002:float", "1"), Value(1.0));
  EXPECT_ERROR(resolve_scalar("tag:yaml.org,2002:int", "one"), FormatError,
               "one does not fit its tag !!int");
  EXPECT_ERROR(resolve_scalar("tag:yaml.org,2002:python/object:os.system", "ls"), FormatError,
               "does not fit its tag !!python/object:os.system");
}

TEST(PythonLiteral, MeansWhatPythonReads) {
  const Case cases[] = {
      {"5e-5", "float 5.0e-05"},  {"8", "int 8"},
      {"-8", "int -8"},           {"+8", "int 8"},
      {"- 5", "int -5"},          {"00", "int 0"},
      {"0x1f", "int 31"},         {"0o17", "int 15"},
      {"1_000", "int 1000"},      {"1.", "float 1.0"},
      {"1.e5", "float 100000.0"}, {".5", "float 0.5"},
      {"-.5", "float -0.5"},      {"1e400", "float .inf"},
      {"1e-400", "float 0.0"},    {"True", "bool true"},
      {"None", "null null"},      {"'a'", "str a"},
      {"\"a b\"", "str \"a b\""}, {"'it\\'s'", "str \"it's\""},
      {" 5 ", "int 5"},           {"5\n", "int 5"},
      {"(1, 2)", "list [1, 2]"},  {"(1)", "int 1"},
      {"(1,)", "list [1]"},       {"()", "list []"},
      {"[]", "list []"},          {"[1,]", "list [1]"},
      {"1, 2", "list [1, 2]"},    {"1,", "list [1]"},
      {"[1,\n2]", "list [1, 2]"}, {"[1, 2.5, 'x', [True, None]]", "list [1, 2.5, x, [true, null]]"},
  };
  for (const Case& c : cases) {
    const auto value = python_literal(c.text);
    EXPECT_EQ(value ? described(*value) : "no literal", c.meaning) << c.text;
  }
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

#include "base/csv.h"

#include <gtest/gtest.h>

#include <random>

#include "base/error.h"

namespace nnstretch::csv {
namespace {

using Cells = std::vector<std::string>;
using Lines = std::vector<Cells>;

Lines cells_of(std::string_view text) {
  Lines lines;
  for (const Row& row : parse(text, "t.csv").rows) lines.push_back(row.cells);
  return lines;
}

std::string error_of(std::string_view text) {
  try {
    parse(text, "t.csv");
  } catch (const FormatError& error) {
    return error.what();
  }
  return "";
}

TEST(Csv, QuotesAsTheStandardHasIt) {  // RFC 4180, section 2, rules 5 to 7
  EXPECT_EQ(line({"a", "b c", ""}), "a,b c,\n");
  EXPECT_EQ(line({"a,b", "say \"no\"", "two\r\nlines"}),
            "\"a,b\",\"say \"\"no\"\"\",\"two\r\nlines\"\n");
  EXPECT_EQ(line({"a;b", " c", "#d"}), "\"a;b\",\" c\",\"#d\"\n");
  EXPECT_EQ(line({""}), "\"\"\n");
  EXPECT_EQ(cells_of("\"a,b\",\"say \"\"no\"\"\",\"two\r\nlines\"\r\n"),
            (Lines{{"a,b", "say \"no\"", "two\r\nlines"}}));
}

TEST(Csv, ReadsWhatSpreadsheetsWrite) {
  const Lines plain = {{"cfg", "latency"}, {"a", "1"}, {"b", "2"}};
  EXPECT_EQ(cells_of("cfg,latency\na,1\nb,2\n"), plain);
  EXPECT_EQ(cells_of("cfg,latency\na,1\nb,2"), plain);  // no last line end
  EXPECT_EQ(cells_of("\xef\xbb\xbf"
                     "cfg,latency\r\na,1\r\nb,2\r\n"),
            plain);  // a mark, CRLF
  EXPECT_EQ(cells_of("cfg,latency\ra,1\rb,2\r"), plain);
  EXPECT_EQ(cells_of("\n\ncfg,latency\n\r\na,1\n\n\nb,2\n\n"), plain);
  EXPECT_EQ(cells_of("cfg;latency\na;1\nb;2\n"), plain);
  EXPECT_EQ(cells_of("cfg, latency\na, 1\nb,  2\n"), plain);
  EXPECT_EQ(cells_of("\"cfg\",\"latency\"\n\"a\",\"1\"\nb,2\n"), plain);
  EXPECT_EQ(cells_of("cfg;latency\na;3520,4\n"), (Lines{{"cfg", "latency"}, {"a", "3520,4"}}));
  EXPECT_EQ(cells_of("a;b,c\n1,2\n"), (Lines{{"a;b", "c"}, {"1", "2"}}));    // both: commas
  EXPECT_EQ(cells_of(" a,b\n c,d \n"), (Lines{{" a", "b"}, {" c", "d "}}));  // spaces of the cell
  EXPECT_EQ(cells_of("a\"b,c\n"), (Lines{{"a\"b", "c"}}));
  EXPECT_EQ(cells_of(""), Lines{});
  EXPECT_EQ(cells_of("\n"), Lines{});
}

TEST(Csv, NamesTheLineOfEveryRowAndFault) {
  const auto rows = parse("a,b\n\n\"two\nlines\",c\r\nd,e\rf,g", "t.csv").rows;
  std::vector<size_t> lines;
  for (const Row& row : rows) lines.push_back(row.line);
  EXPECT_EQ(lines, (std::vector<size_t>{1, 3, 5, 6}));
  EXPECT_NE(error_of("a,b\nc,\"d\ne,f\n").find("t.csv:2"), std::string::npos);
  EXPECT_NE(error_of("a,b\n\"c\"d,e\n").find("t.csv:2"), std::string::npos);
  EXPECT_NE(error_of(std::string_view("a,b\nc\0d,e\n", 10)).find("t.csv:2"), std::string::npos);
}

TEST(Csv, RandomTablesComeBackAsTheyWere) {
  const unsigned seed = std::random_device()();
  std::mt19937 random(seed);
  const auto below = [&](unsigned n) { return random() % n; };
  const Cells pieces = {"a",  "B",  "7",    " ",  ",", ";",        "\"",       "\"\"",
                        "\n", "\r", "\r\n", "\t", "#", "\xc3\xbc", "\xff\xfe", "\x1b[2J"};
  for (int round = 0; round < 500; ++round) {
    const size_t width = 1 + below(5);
    Lines table(below(6));
    std::string text;
    for (Cells& row : table) {
      for (size_t i = 0; i < width; ++i) {
        std::string cell;
        for (unsigned n = below(6); n > 0; --n) cell += pieces[below(pieces.size())];
        row.push_back(cell);
      }
      text += line(row);
    }
    ASSERT_EQ(cells_of(text), table) << "seed " << seed << ", round " << round << ":\n" << text;
  }
}

}  // namespace
}  // namespace nnstretch::csv

#include "base/columns.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>

#include "support/samples.h"

namespace nnstretch {
namespace {

TEST(Wrapped, BreaksBetweenWords) {
  EXPECT_EQ(wrapped("calibrating takes a while", 12, 2), "calibrating\n  takes a\n  while");
  EXPECT_EQ(wrapped("one line", 80), "one line");
  EXPECT_EQ(wrapped("", 80), "");
  EXPECT_EQ(wrapped("first\n\nlast", 80), "first\n\nlast");
  EXPECT_EQ(wrapped("  an indent stays", 8, 2), "  an\n  indent\n  stays");
}

TEST(Wrapped, LeavesPathsAndCommandsWhole) {
  EXPECT_EQ(wrapped("see /a/very/long/path/of/a/file there", 10, 1),
            "see\n /a/very/long/path/of/a/file\n there");
  EXPECT_EQ(wrapped("say `nnstretch bench --help` first", 10),
            "say\n`nnstretch bench --help`\nfirst");
  EXPECT_EQ(wrapped("one ` quote ends", 8), "one `\nquote\nends") << "which is no pair";
}

TEST(Wrapped, CountsCharactersAndNotBytes) {
  EXPECT_EQ(wrapped("\u00e4\u00e4\u00e4\u00e4 \u00f6\u00f6\u00f6", 8),
            "\u00e4\u00e4\u00e4\u00e4 \u00f6\u00f6\u00f6");
}

// Whatever it is: no line is longer than asked but one of a single word, and no character is lost.
TEST(Wrapped, IsNeverWiderAndLosesNothing) {
  testing::Random random(7);
  for (int round = 0; round < 500; ++round) {
    std::string text;
    for (int i = random.integer(0, 60); i > 0; --i)
      text += random.integer(0, 4) == 0 ? ' ' : static_cast<char>('a' + random.integer(0, 25));
    const auto columns = static_cast<size_t>(random.integer(5, 30));
    const std::string all = wrapped(text, columns, 2);
    std::istringstream lines(all);
    for (std::string line; std::getline(lines, line);)
      EXPECT_TRUE(line.size() <= columns ||
                  line.find(' ', line.find_first_not_of(' ')) == line.npos)
          << line;
    const auto letters = [](std::string some) {
      std::erase_if(some, [](char c) { return c == ' ' || c == '\n'; });
      return some;
    };
    EXPECT_EQ(letters(all), letters(text));
  }
}

}  // namespace
}  // namespace nnstretch

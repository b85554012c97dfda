// Pages in their forms.
#include "report/page.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "report/reporters.h"
#include "report/result_page.h"

namespace nnstretch::report {
namespace {

Report any_report() {
  Report report{.page = {}, .json = {{"schema", 1}}};
  report.page.line("{} of {}", 1, "a\x1b[2Jb");
  Table& table = report.page.table({"name", "us"}, {true});
  table.add({"a, long one", "1.5"});
  table.add({"b|c", "10.25"});
  return report;
}

TEST(Page, InColumns) {
  EXPECT_EQ(text_reporter()->text(any_report()),
            "1 of a\\x1b[2Jb\n"
            "name            us\n"
            "a, long one    1.5\n"
            "b|c          10.25\n");
}

TEST(Page, AsMarkdown) {
  EXPECT_EQ(markdown_reporter()->text(any_report()),
            "1 of a\\\\x1b[2Jb\n\n"
            "| name | us |\n"
            "|---|--:|\n"
            "| a, long one | 1.5 |\n"
            "| b\\|c | 10.25 |\n\n");
}

TEST(Page, AsCsvItsFirstTable) {
  EXPECT_EQ(csv_reporter()->text(any_report()), "name,us\n\"a, long one\",1.5\nb|c,10.25\n");
  EXPECT_THROW(csv_reporter()->text({}), UsageError);
}

TEST(Page, GroupsThousands) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(-1234567), "-1,234,567");
  EXPECT_EQ(grouped(123456), "123,456");
  EXPECT_EQ(images(99, 0), "99");
  EXPECT_EQ(images(99, 1), "99, 1 damaged");
}

// The longest operators of all parts come first.
TEST(ResultPage, PutsTheLongestOperatorFirst) {
  measure::Result result;
  result.parts.resize(3);
  result.parts[1].name = "two";
  result.parts[0].operators = {{{"a", "k", 1}, {"b", "k", 3}}};
  result.parts[1].operators.emplace();
  result.parts[2].operators = {{{"c", "k", 2}}};
  const std::string text = text_reporter()->text(report_of(result));
  const size_t b = text.find("  b "), c = text.find("  c "), a = text.find("  a ");
  ASSERT_NE(a, text.npos);
  EXPECT_LT(b, c);
  EXPECT_LT(c, a);
  EXPECT_NE(text.find("two:  does not tell"), text.npos);
}

}  // namespace
}  // namespace nnstretch::report

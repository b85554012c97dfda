// Two result.json side by side, row by row.
#include "report/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "base/json.h"
#include "report/record.h"
#include "report/reporters.h"
#include "support/paths.h"

namespace nnstretch::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Five processes of equal runs.
Record record(double us, const std::string& digest = "abc") {
  Record record;
  record.result.model = "net.tflite";
  record.result.network = {1000, 10, "1x32x32x3", digest};
  record.result.sequential = false;
  record.result.restarts.assign(5, std::vector<double>(5, us));
  record.result.runs_us = record.result.restarts.front();
  record.result.latency = measure::summarise(record.result.runs_us);
  record.result.context.load_1min = us / 100;
  return record;
}

class ComparisonTest : public ::testing::Test {
 protected:
  std::filesystem::path table(const char* name, const std::map<std::string, Record>& records) {
    Json json = {{"schema", 1}, {"configs", Json::object()}};
    for (const auto& [cfg, one] : records) json["configs"][cfg] = to_json(one);
    write_atomic(folder_ / name, json_text(json));
    return folder_ / name;
  }
  std::string text(const Comparison& both) { return text_reporter()->text(report_of(both)); }
  testing::TemporaryFolder folder_;
};

TEST_F(ComparisonTest, ShowsARowThatIsNotComparableAndTheOthersToo) {
  const auto before = table("a", {{"x.yaml", record(100)}, {"y.yaml", record(100)}});
  const auto after = table("b", {{"x.yaml", record(200, "def")}, {"y.yaml", record(150)}});
  const auto both = compare_results(before, after, {});
  ASSERT_EQ(both.networks.size(), 2U);
  EXPECT_FALSE(both.networks[0].comparable);
  EXPECT_FALSE(both.networks[0].slower_than(1.05));
  EXPECT_TRUE(both.networks[1].slower_than(1.05));
  const std::string page = text(both);
  EXPECT_THAT(page, HasSubstr("x.yaml: not comparable: network content abc before, content def"));
  EXPECT_THAT(page, HasSubstr("1.500-1.500"));
  EXPECT_THAT(page, HasSubstr("1.0 / 1.5")) << "loads";
  EXPECT_THAT(page, Not(HasSubstr("2.000-2.000"))) << "a ratio of what is not comparable";
  const Json json = report_of(both).json;
  EXPECT_EQ(json["networks"][0]["verdict"], "not comparable");
  EXPECT_EQ(json["networks"][0]["slower"], false);
  EXPECT_EQ(json["networks"][0]["unlike"][0]["after"], "content def");
  EXPECT_EQ(json["networks"][1]["verdict"], "slower");
  EXPECT_EQ(json["networks"][1]["after"]["restarts"], 5);
}

TEST_F(ComparisonTest, ComparesAnywayAndSaysSo) {
  const auto before = table("a", {{"x.yaml", record(100)}});
  const auto after = table("b", {{"x.yaml", record(200, "def")}});
  const auto both = compare_results(before, after, {.anyway = true});
  EXPECT_TRUE(both.networks.at(0).slower_than(1.05));
  EXPECT_THAT(text(both), HasSubstr("x.yaml: unlike: network content abc before"));
  EXPECT_THAT(text(both), HasSubstr("2.000-2.000"));
}

TEST_F(ComparisonTest, CannotTellFromOneProcessAndSaysWhatTells) {
  Record one = record(100), other = record(110);
  one.result.restarts.clear(), other.result.restarts.clear();
  const auto both =
      compare_results(table("a", {{"x.yaml", one}}), table("b", {{"x.yaml", other}}), {});
  EXPECT_EQ(both.networks.at(0).verdict(1.05), measure::Verdict::cannot_tell);
  EXPECT_THAT(text(both), HasSubstr("up to 15 %"));
  EXPECT_THAT(text(both), HasSubstr("--restarts 5"));
}

TEST_F(ComparisonTest, ShowsDoubtsAndWhatAnOlderResultDoesNotTell) {
  Compared one{.name = "x",
               .before_us = 100,
               .after_us = 150,
               .ratio = {1, 1.5, measure::Interval{0.9, 1.1}, measure::Interval{1.4, 1.6}, 5},
               .before = {.load_1min = -1},
               .after = {.load_1min = 9, .reliable = false, .doubts = {"others took 80 %"}},
               .likeness = {{}, {"the content of the network"}}};
  const std::string page = text({1.05, {one}, {}});
  EXPECT_THAT(page, HasSubstr("? / 9.0"));
  EXPECT_THAT(page, HasSubstr("x: after: others took 80 %"));
  EXPECT_THAT(page, HasSubstr("does not tell the content of the network"));
  EXPECT_THAT(page, HasSubstr("cannot tell")) << "only the medians of an unreliable side show it";
  one.after.reliable = true;
  EXPECT_THAT(text({1.05, {one}, {}}), HasSubstr("slower"));
}

}  // namespace
}  // namespace nnstretch::report

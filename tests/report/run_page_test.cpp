// All networks of a result.json as one table.
#include "report/run_page.h"

#include <gtest/gtest.h>

#include "report/reporters.h"

namespace nnstretch::report {
namespace {

Record record(double us, std::initializer_list<const char*> roles, int im_size = 224) {
  Record record;
  record.result.latency = {.min = us, .p50 = us, .count = 3};
  for (const char* role : roles) record.result.parts.push_back({.name = role, .role = role});
  record.im_size = im_size;
  return record;
}

// The row of a network, cell by cell, as CSV.
std::string row(const std::map<std::string, Record>& records, const std::string& begin) {
  const std::string text = csv_reporter()->text(report_of(records));
  const size_t at = text.find("\n" + begin);
  return at == text.npos ? "none" : text.substr(at + 1, text.find('\n', at + 1) - at - 1);
}

TEST(RunPage, ComparesWithTheFastestOfOneRoleOfTheSameNetwork) {
  std::map<std::string, Record> records = {{"mi/R-C.yaml", record(200, {"cpu", "cpu"})},
                                           {"mi/R-D.yaml", record(180, {"dsp"})},
                                           {"mi/R-CD.yaml", record(120, {"cpu", "dsp"})},
                                           {"mi/X-CD.yaml", record(100, {"cpu", "cpu+dsp"})}};
  records["mi/R-CD.yaml"].result.baseline = {"litert", 2, 60, 61};
  records["mi/R-CD.yaml"].result.best = {
      .candidate = "whole on 2 cores", .kind = "whole", .min_us = 12};
  records["mi/X-CD.yaml"].result.reliable = false;
  records["mi/R-CD.yaml"].fidelity.centred_correlation_median = 0.5;
  EXPECT_EQ(row(records, "R-CD"), "R-CD,180,120,,60,12 whole,1.50 x,0.50 x,0.500");
  EXPECT_EQ(row(records, "R-D"), "R-D,,180,,,,,,");
  EXPECT_EQ(row(records, "X-CD"), "X-CD,,100?,,,,,,");
}

TEST(RunPage, ComparesNothingThatIsAnotherNetwork) {
  EXPECT_EQ(
      row({{"a/R-C.yaml", record(200, {"cpu"})}, {"b/R-CD.yaml", record(100, {"cpu", "dsp"})}},
          "R-CD"),
      "R-CD,,100,,,,,,");
  EXPECT_EQ(row({{"R-C.yaml", record(200, {"cpu"}, 64)}, {"R-CD.yaml", record(9, {"cpu", "dsp"})}},
                "R-CD"),
            "R-CD,,9,,,,,,");
  auto other = record(200, {"cpu"});
  other.overrides = {"MODEL.NUM_CLASSES", "7"};
  EXPECT_EQ(row({{"R-C.yaml", other}, {"R-CD.yaml", record(9, {"cpu", "dsp"})}}, "R-CD"),
            "R-CD,,9,,,,,,");
}

TEST(RunPage, NamesTwoOfOneNameByTheirPaths) {
  const std::map<std::string, Record> records = {{"a/net.yaml", record(1, {"cpu"})},
                                                 {"b/net.yaml", record(2, {"cpu"})}};
  EXPECT_EQ(row(records, "a/net.yaml"), "a/net.yaml,,1,,,,,,");
  EXPECT_EQ(row(records, "b/net.yaml"), "b/net.yaml,,2,,,,,,");
}

}  // namespace
}  // namespace nnstretch::report

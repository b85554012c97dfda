// Against the counts of the original software (golden/complexity*.csv).
#include "cost/cost.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "config/config.h"
#include "support/paths.h"

namespace nnstretch {
namespace {

using Row = std::map<std::string, std::string>;

// A CSV with quoted cells.
std::vector<Row> read_csv(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::vector<Row> rows;
  std::vector<std::string> header;
  for (std::string line; std::getline(file, line);) {
    std::vector<std::string> cells(1);
    bool quoted = false;
    for (const char c : line) {
      if (c == '"')
        quoted = !quoted;
      else if (c == ',' && !quoted)
        cells.emplace_back();
      else
        cells.back() += c;
    }
    if (header.empty()) {
      header = cells;
      continue;
    }
    Row row;
    for (size_t i = 0; i < header.size() && i < cells.size(); ++i) row[header[i]] = cells[i];
    rows.push_back(row);
  }
  return rows;
}

cost::Report report_of(const std::string& name) {
  const auto config = config::load(testing::source_folder() / "configs" / (name + ".yaml"));
  return cost::count(config, config.train.im_size);
}

TEST(Cost, EqualsTheOriginalsCountsOfEveryNetwork) {
  NNSTRETCH_NEEDS_SHARED();
  const auto rows = read_csv(testing::shared_folder() / "golden" / "complexity.csv");
  ASSERT_EQ(rows.size(), 28u);
  for (const Row& row : rows) {
    const auto report = report_of(row.at("name"));
    EXPECT_EQ(report.pycls.flops, std::stoll(row.at("flops"))) << row.at("name");
    EXPECT_EQ(report.pycls.params, std::stoll(row.at("params"))) << row.at("name");
    EXPECT_EQ(report.pycls.acts, std::stoll(row.at("acts"))) << row.at("name");
    EXPECT_EQ(report.real.params, std::stoll(row.at("true_params"))) << row.at("name");
  }
}

// Plain networks (ResNets, ResNeXts, RegNets, EfficientNets) and stretched ones of its own tree.
TEST(Cost, EqualsTheOriginalsCountsOfItsOwnConfigurations) {
  NNSTRETCH_NEEDS_SHARED();
  const auto folder = testing::shared_folder() / "pycls";
  const auto rows = read_csv(folder / "complexity.csv");
  ASSERT_EQ(rows.size(), 40u);
  for (const Row& row : rows) {
    const auto config = config::load(folder / "configs" / row.at("cfg"));
    const auto report = cost::count(config, std::stoi(row.at("im_train")));
    EXPECT_EQ(report.pycls.flops, std::stoll(row.at("flops"))) << row.at("cfg");
    EXPECT_EQ(report.pycls.params, std::stoll(row.at("params"))) << row.at("cfg");
    EXPECT_EQ(report.pycls.acts, std::stoll(row.at("acts"))) << row.at("cfg");
    // Two that the original cannot run: it believes ORIGINAL_WIDTHS, which are not what is joined.
    if (row.at("cfg") != "stretch/O-EN-B5.yaml" && row.at("cfg") != "stretch/R-50-MIDDLE.yaml")
      EXPECT_EQ(report.real.params, std::stoll(row.at("true_params"))) << row.at("cfg");
  }
}

TEST(Cost, EqualsTheOriginalsCountsOfEveryBranch) {
  NNSTRETCH_NEEDS_SHARED();
  std::map<std::string, std::vector<Row>> by_name;
  for (const Row& row : read_csv(testing::shared_folder() / "golden" / "complexity_stages.csv"))
    by_name[row.at("name")].push_back(row);
  for (const auto& [name, rows] : by_name) {
    const auto report = report_of(name);
    ASSERT_EQ(report.rows.size(), rows.size()) << name;
    for (size_t i = 0; i < rows.size(); ++i) {
      SCOPED_TRACE(name + " " + rows[i].at("part") + "." + rows[i].at("branch"));
      EXPECT_EQ(report.rows[i].part, rows[i].at("part"));
      EXPECT_EQ(report.rows[i].cost.flops, std::stoll(rows[i].at("flops")));
      EXPECT_EQ(report.rows[i].cost.params, std::stoll(rows[i].at("params")));
      EXPECT_EQ(report.rows[i].cost.acts, std::stoll(rows[i].at("acts")));
    }
  }
}

}  // namespace
}  // namespace nnstretch

// The main job with an accuracy that is said to be of one plan or another.
#include "pipeline/run.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "support/paths.h"

namespace nnstretch::pipeline {
namespace {

RunOptions quick(const std::filesystem::path& folder) {
  RunOptions options;
  options.configs = {testing::source_folder() / "configs/tiny/TINY-RX-CD.yaml"};
  options.output_csv = folder / "result.csv";
  options.model_folder = folder;
  options.bench.place.engine = "reference";
  options.bench.num_runs = 1;
  options.bench.warmup_runs = 0;
  options.calibration.count = 2;
  return options;
}

Json record_of(const std::filesystem::path& folder) {
  return Json::parse(read_text(folder / "result.json")).at("configs").begin().value();
}

TEST(Run, TakesTheAccuracyOfTheVeryPlanThatWasTimedAndNoOther) {
  const testing::TemporaryFolder folder;
  RunOptions options = quick(folder.path());
  ASSERT_EQ(run(options).done, 1u);
  const std::string hash = record_of(folder.path()).at("plan_hash");
  std::string tested = hash;
  options.force = true;
  options.accuracy_of_what = "pictures";
  options.accuracy = [&](const auto&, const auto&) {
    return Json{{"top1_err", 25.0}, {"plan_hash", tested}};
  };
  EXPECT_TRUE(run(options).failures.empty());
  EXPECT_EQ(record_of(folder.path()).at("accuracy").at("top1_err"), 25.0);
  tested = "another";
  const RunSummary failed = run(options);
  ASSERT_EQ(failed.failures.size(), 1u);
  EXPECT_NE(failed.failures[0].message.find("plan another tested"), std::string::npos)
      << failed.failures[0].message;
  EXPECT_EQ(read_text(options.output_csv).find("TINY-RX-CD"), std::string::npos);
}

}  // namespace
}  // namespace nnstretch::pipeline

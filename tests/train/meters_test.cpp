// Log lines of made-up steps: medians over LOG_PERIOD steps, means over pictures, least errors.
#include "train/meters.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/files.h"
#include "support/paths.h"

namespace nnstretch::train {
namespace {

using nlohmann::json;

class Meters : public ::testing::Test {
 protected:
  // The lines written since this was asked last.
  std::vector<json> lines() {
    std::vector<json> found;
    const std::string text = read_text(path_), mark = "json_stats: ";
    for (size_t at; (at = text.find(mark, read_)) != text.npos;) {
      read_ = text.find('\n', at);
      found.push_back(json::parse(text.substr(at + mark.size(), read_ - at - mark.size())));
    }
    return found;
  }

  testing::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "log";
  Log log_ = Log::to_file(path_);
  size_t read_ = 0;
  config::Config config_ =
      config::parse("", "test.yaml", {"LOG_PERIOD", "3", "OPTIM.MAX_EPOCH", "5"});
};

TEST_F(Meters, OfTrainingGiveMediansOfAPeriodAndMeansOverPictures) {
  TrainMeter meter(config_, log_, 7);
  meter.begin_epoch(1);
  // loss, top 1, top 5, pictures; of the last but one all were damaged
  const std::vector<StepScore> steps = {{9, 90, 50, 8}, {1, 10, 5, 8}, {2, 70, 6, 8}, {8, 20, 7, 8},
                                        {4, 30, 8, 8},  {0, 0, 0, 0},  {5, 40, 9, 2}};
  for (const StepScore& step : steps) meter.step(step, 0.25);
  const auto iterations = lines();
  ASSERT_EQ(iterations.size(), 2u);
  EXPECT_EQ(iterations[0]["_type"], "train_iter");
  EXPECT_EQ(iterations[0]["epoch"], "2/5");
  EXPECT_EQ(iterations[0]["iter"], "3/7");
  EXPECT_EQ(iterations[0]["loss"], 2);
  EXPECT_EQ(iterations[0]["top1_err"], 70);
  EXPECT_EQ(iterations[0]["top5_err"], 6);
  EXPECT_EQ(iterations[0]["lr"], 0.25);
  EXPECT_EQ(iterations[1]["iter"], "6/7");
  EXPECT_EQ(iterations[1]["loss"], 4);  // of 2, 8, 4: the damaged step has none
  EXPECT_EQ(iterations[1]["top1_err"], 30);
  meter.end_epoch(11);
  const auto ends = lines();
  ASSERT_EQ(ends.size(), 1u);
  EXPECT_EQ(ends[0]["_type"], "train_epoch");
  EXPECT_NEAR(ends[0]["loss"], (8 * (9 + 1 + 2 + 8 + 4) + 2 * 5) / 42.0, 5e-5);
  EXPECT_NEAR(ends[0]["top1_err"], (8 * (90 + 10 + 70 + 20 + 30) + 2 * 40) / 42.0, 5e-5);
  EXPECT_NEAR(ends[0]["top5_err"], (8 * (50 + 5 + 6 + 7 + 8) + 2 * 9) / 42.0, 5e-5);
  EXPECT_EQ(ends[0]["skipped"], 11);

  meter.begin_epoch(2);
  meter.step({3, 1, 0, 8}, 0.125);
  meter.end_epoch(0);
  const auto next = lines();
  ASSERT_EQ(next.size(), 1u);
  EXPECT_EQ(next[0]["loss"], 3);  // nothing of the epoch before
  EXPECT_EQ(next[0]["lr"], 0.125);
  EXPECT_FALSE(next[0].contains("skipped"));
}

TEST_F(Meters, OfTestsKeepTheLeastErrors) {
  TestMeter meter("test_ema", config_, log_, 4);
  struct Epoch {
    Score whole;
    double min_top1, min_top5;
  };
  const std::vector<Epoch> epochs = {
      {{60, 30, 32, 0}, 60, 30}, {{40, 35, 31, 1}, 40, 30}, {{50, 20, 32, 0}, 40, 20}};
  for (size_t epoch = 0; epoch < epochs.size(); ++epoch) {
    meter.begin_epoch(static_cast<int>(epoch));
    for (const double error : {10.0, 50.0, 20.0, 90.0}) meter.step({error, error / 2, 8});
    meter.end_epoch(epochs[epoch].whole);
    const auto said = lines();
    ASSERT_EQ(said.size(), 2u);
    EXPECT_EQ(said[0]["_type"], "test_ema_iter");
    EXPECT_EQ(said[0]["iter"], "3/4");
    EXPECT_EQ(said[0]["top1_err"], 20);
    EXPECT_EQ(said[0]["top5_err"], 10);
    EXPECT_EQ(said[1]["_type"], "test_ema_epoch");
    EXPECT_EQ(said[1]["top1_err"], epochs[epoch].whole.top1_err);
    EXPECT_EQ(said[1]["min_top1_err"], epochs[epoch].min_top1);
    EXPECT_EQ(said[1]["min_top5_err"], epochs[epoch].min_top5);
    EXPECT_EQ(said[1].value("skipped", 0), epochs[epoch].whole.skipped);
  }
}

}  // namespace
}  // namespace nnstretch::train

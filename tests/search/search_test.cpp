// Searches on the published phone's model, and what is refused.
#include "search/search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <functional>

#include "base/error.h"
#include "cost/cost.h"
#include "search/costs.h"
#include "search/published_phone.h"

namespace nnstretch::search {
namespace {

using ::testing::HasSubstr;
using testing::source_folder;

constexpr int kSize = 224;

config::Config plain_config(const std::string& network) {
  return config::load(source_folder() / "configs/mi" / (network + "-C.yaml"));
}

// Of these networks on the phone; `includes` join.
Predictor phone(const std::vector<std::string>& networks,
                const std::vector<std::filesystem::path>& includes = {}) {
  const CostModel model = read_cost_model(source_folder() / "costs/mi.yaml");
  Grid grid(3);
  for (const auto& network : networks) grid.add(Plain(plain_config(network), kSize));
  for (const auto& path : includes) grid.add(config::load(path), kSize);
  return Predictor({.name = "mi.jsonl",
                    .machine = machine_of(model),
                    .points = points_of(model, grid.pieces()),
                    .together = {},
                    .anchors = {}});
}

std::string refusal_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

class EveryNetwork : public ::testing::TestWithParam<const char*> {};

TEST_P(EveryNetwork, KeepsItsShapeAndIsProven) {
  const Plain plain(plain_config(GetParam()), kSize);
  const Predictor predictor = phone({GetParam()});
  const Result result = search(plain, predictor, {.roles = {"cpu", "dsp"}});
  ASSERT_TRUE(result.proven);
  const Network& best = result.networks.at(0);
  EXPECT_GE(best.all.multiply_adds, 1);
  // Counted as `info` does, from the configuration alone.
  const auto found = cost::count(best.config, kSize), whole = cost::count(plain.config(), kSize);
  EXPECT_GE(found.real.flops, whole.real.flops);
  for (size_t stage = 0; stage < plain.stages().size(); ++stage) {
    EXPECT_GE(best.stages[stage].multiply_adds, 0.8) << "stage " << stage + 1;
    for (const auto& branch : best.size[stage])
      EXPECT_GE(branch.depth, 0.75 * plain.stages()[stage].depth);
  }
  // What the search added up is what the configuration is predicted to take.
  const Prediction again =
      predict(config::parse(config::dump(best.config), "again.yaml"), kSize, predictor);
  EXPECT_NEAR(again.us(), best.prediction.us(), 1e-6);
  EXPECT_LT(best.prediction.us(), result.plain.at(0).us);
}

INSTANTIATE_TEST_SUITE_P(OfSix, EveryNetwork,
                         ::testing::Values("R-34", "R-50", "RX-1.6", "RX-4", "EN-L4", "EN-B5"));

TEST(Space, HoldsEveryPublishedStretch) {
  std::vector<std::filesystem::path> stretches;
  for (const char* folder : {"configs/mi", "configs/pixel"})
    for (const auto& entry : std::filesystem::directory_iterator(source_folder() / folder))
      for (const auto& stage : config::stages(config::load(entry.path())))
        if (stage.branches.size() > 1) {
          stretches.push_back(entry.path());
          break;
        }
  ASSERT_EQ(stretches.size(), 26u);
  const Predictor predictor =
      phone({"R-34", "R-50", "RX-1.6", "RX-4", "EN-L4", "EN-B5"}, stretches);
  for (const auto& path : stretches) {
    EXPECT_GT(predict(config::load(path), kSize, predictor).us(), 0) << path;
    const std::string network = path.stem().string();
    const Plain plain(plain_config(network.substr(0, network.rfind('-'))), kSize);
    const auto configured = config::stages(config::load(path));
    for (size_t stage = 0; stage < configured.size(); ++stage)
      for (const auto& branch : configured[stage].branches) {
        const PlainStage& whole = plain.stages()[stage];
        EXPECT_GE(branch.depth, kLeastDepth * whole.depth) << path;
        EXPECT_LE(branch.depth, whole.depth) << path;
        EXPECT_GE(branch.width, kLeastWidth * whole.width) << path;
        EXPECT_LE(branch.width, whole.width) << path;
      }
  }
}

TEST(Plain, CountsABranchAsItsGraphDoes) {
  for (const char* network : {"R-34", "RX-1.6", "EN-B5"}) {
    const Plain plain(plain_config(network), kSize);
    for (const int stage : {0, 1, 3})
      for (const int width : plain.widths(stage, 0.5))
        for (const int depth : plain.depths(stage, 0.25)) {
          const int w_in = plain.stages()[stage].w_in;
          EXPECT_EQ(plain.branch_cost(stage, 2, {depth, width}, w_in),
                    ir::cost_of(plain.branch(stage, 2, {depth, width}, w_in).graph));
        }
  }
}

TEST(Search, FindsTheMostMultiplyAddsWithinALatency) {
  const Plain plain(plain_config("R-34"), kSize);
  const Predictor predictor = phone({"R-34"});
  const Wishes fastest{.roles = {"cpu", "dsp"}};
  const double us = search(plain, predictor, fastest).networks.at(0).prediction.us();
  Wishes within = fastest;
  within.latency_us = us + 0.01;
  const Network most = search(plain, predictor, within).networks.at(0);
  EXPECT_LE(most.prediction.us(), us + 0.01);
  EXPECT_GE(most.all.multiply_adds, 1);
}

TEST(Search, CountsWhatProcessorsTakeFromEachOther) {
  const Plain plain(plain_config("R-34"), kSize);
  Profile profile = phone({"R-34"}).profile();
  const Wishes wishes{.roles = {"cpu", "dsp"}};
  const Network alone = search(plain, Predictor(profile), wishes).networks.at(0);
  for (const auto& processor : profile.machine.processors)
    profile.together.push_back({processor.kind, 1.3});
  const Predictor slowed(profile);
  const Network together = search(plain, slowed, wishes).networks.at(0);
  // It is no worse than the one that was best without, as that one is now.
  const double was_best = predict(alone.config, kSize, slowed).us();
  EXPECT_LE(together.prediction.us(), was_best + 0.1);
  EXPECT_GT(together.prediction.us(), alone.prediction.us());
  double expected = together.prediction.stem.us + together.prediction.head.us;
  for (const auto& stage : together.prediction.stages) {
    double slowest = 0;
    for (const auto& branch : stage.branches)
      slowest = std::max(slowest, *slowed.latencies().us(branch.kind, branch.piece) *
                                      (stage.branches.size() > 1 ? 1.3 : 1));
    expected += slowest + (stage.meeting ? stage.meeting->us : 0);
  }
  EXPECT_NEAR(together.prediction.us(), expected, 1e-6);
}

TEST(Search, WarnsOfStarvedStages) {
  const Plain plain(plain_config("R-34"), kSize);
  Profile profile = phone({"R-34"}).profile();
  for (Point& point : profile.points)  // its last stage is slow
    if (point.piece.series.find(" side=14 ") != std::string::npos) point.us *= 10;
  const Predictor slow(profile);
  Wishes wishes{.roles = {"cpu", "dsp"}};
  EXPECT_TRUE(search(plain, slow, wishes).warnings.empty());
  wishes.stage_share = 0;
  const Result starved = search(plain, slow, wishes);
  ASSERT_FALSE(starved.warnings.empty());
  EXPECT_THAT(starved.warnings[0], HasSubstr("stage 4 keeps"));
  EXPECT_LT(starved.networks.at(0).stages[3].multiply_adds, 0.5);
}

TEST(Search, RefusesWhatCannotBeAndSaysWhatCan) {
  const Plain plain(plain_config("R-34"), kSize);
  const Predictor predictor = phone({"R-34"});
  const auto refused = [&](Wishes wishes) {
    if (wishes.roles.empty()) wishes.roles = {"cpu", "dsp"};
    return refusal_of([&] { (void)search(plain, predictor, wishes); });
  };
  EXPECT_THAT(refused({.stage_share = 1.5}), HasSubstr("1 at most"));
  EXPECT_THAT(refused({.depth_share = 1.01}), HasSubstr("1 at most"));
  EXPECT_THAT(refused({.total = 9}), HasSubstr("the most multiply-adds are"));
  EXPECT_THAT(refused({.latency_us = 1}), HasSubstr("the least `latency` is"));
  EXPECT_THAT(refused({.most_parameters = 0.01}), HasSubstr("the fewest parameters are"));
  EXPECT_THAT(refused({.stage_shares = {9, 1, 1, 1}}), HasSubstr("something does"));
  EXPECT_THAT(refused({.roles = {"npu"}}), HasSubstr("no processor for 'npu'"));
}

// The nearest that a refusal names can be had.
TEST(Search, NamesANearestThatIsMet) {
  const Plain plain(plain_config("R-34"), kSize);
  const Predictor predictor = phone({"R-34"});
  Wishes wishes{.total = 9, .roles = {"cpu", "dsp"}};
  const std::string said = refusal_of([&] { (void)search(plain, predictor, wishes); });
  const size_t at = said.find("are ") + 4;
  wishes.total = std::stod(said.substr(at)) - 0.001;
  EXPECT_EQ(refusal_of([&] { (void)search(plain, predictor, wishes); }), "");
}

TEST(Search, RefusesANetworkThatBranches) {
  EXPECT_THAT(
      refusal_of([] { Plain(config::load(source_folder() / "configs/mi/R-34-CD.yaml"), kSize); }),
      HasSubstr("has branches already"));
}

TEST(Search, NamesAPointThatIsMissingAndTheCommandThatAddsIt) {
  Profile profile = phone({"R-34"}).profile();
  std::erase_if(profile.points, [](const Point& point) { return point.piece.width == 48; });
  const std::string said =
      refusal_of([&] { (void)search(Plain(plain_config("R-34"), kSize), Predictor(profile), {}); });
  EXPECT_THAT(said, HasSubstr("has no point for res_basic_block"));
  EXPECT_THAT(said, HasSubstr("nnstretch profile --net"));
}

TEST(Search, KeepsTheSharesOfAnotherStretch) {
  const Plain plain(plain_config("R-34"), kSize);
  const Kept kept = kept_of(config::load(source_folder() / "configs/mi/R-34-CD.yaml"), plain);
  // Counted by the original's own rules (golden/complexity_stages.csv), to two digits.
  EXPECT_NEAR(kept.all.multiply_adds, 0.69, 0.005);
  EXPECT_NEAR(kept.all.parameters, 0.62, 0.005);
  EXPECT_NEAR(std::ranges::min(kept.stages, {}, &Shares::multiply_adds).multiply_adds, 0.55, 0.005);
}

}  // namespace
}  // namespace nnstretch::search

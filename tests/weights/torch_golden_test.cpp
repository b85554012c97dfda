// Checkpoints that the original software wrote, against what else is known of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "support/paths.h"
#include "weights/weights.h"

namespace nnstretch::weights {
namespace {

std::filesystem::path golden(const std::string& path) {
  return testing::shared_folder() / "golden" / path;
}

// "name 32x3x3x3 float32", in order of name.
std::vector<std::string> listed(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  std::sort(lines.begin(), lines.end());
  return lines;
}

std::vector<std::string> list(const ir::WeightStore& store) {
  std::vector<std::string> lines;
  for (const auto& [name, tensor] : store)
    lines.push_back(name + " " + (tensor.shape.empty() ? "scalar" : ir::to_string(tensor.shape)) +
                    (tensor.dtype == DType::i64 ? " int64" : " float32"));
  std::sort(lines.begin(), lines.end());
  return lines;
}

void expect_equal(const ir::WeightStore& a, const ir::WeightStore& b) {
  ASSERT_EQ(list(a), list(b));
  for (const auto& [name, tensor] : a) EXPECT_EQ(*tensor.bytes, *b.at(name).bytes) << name;
}

TEST(TorchGolden, ARealSizeCheckpointHoldsTheRecipesWeights) {
  NNSTRETCH_NEEDS_SHARED();
  const Loaded loaded = load(golden("mi/RX-1.6-CD.pyth"));
  EXPECT_EQ(loaded.taken, Which::ema);
  EXPECT_EQ(loaded.epoch, 99);
  EXPECT_EQ(loaded.test_err, 25.0);
  EXPECT_EQ(loaded.ema_err, 24.5);
  EXPECT_NE(loaded.config.find("BLOCK_TYPE: res_bottleneck_block"), std::string::npos);
  EXPECT_EQ(list(loaded.weights), listed(golden("state_keys/mi/RX-1.6-CD.txt")));
  for (const auto& [name, tensor] : loaded.weights)
    EXPECT_EQ(*tensor.bytes, *initial_value(name, tensor.shape).bytes) << name;
}

TEST(TorchGolden, StatesThatShareStoragesAreEqual) {
  NNSTRETCH_NEEDS_SHARED();
  const auto path = golden("mi/RX-1.6-CD.pyth");
  expect_equal(load(path, Which::model).weights, load(path, Which::ema).weights);
}

class TinyNetwork : public ::testing::TestWithParam<std::string> {
 protected:
  std::filesystem::path file(const std::string& name) const {
    return golden("tiny/" + GetParam() + "/" + name);
  }
  // What the training logged after each epoch.
  std::vector<nlohmann::json> epochs() const {
    std::ifstream stream(file("log.json"));
    std::vector<nlohmann::json> ends;
    for (auto& entry : nlohmann::json::parse(stream))
      if (entry.contains("epoch_end")) ends.push_back(entry);
    return ends;
  }
};

// The log has [sum, sum of squares] of every tensor.
void expect_sums(const nlohmann::json& logged, const ir::WeightStore& store) {
  ASSERT_EQ(logged.size(), store.size());
  for (const auto& [name, tensor] : store) {
    double sum = 0, squares = 0;
    const auto add = [&](double value) { sum += value, squares += value * value; };
    if (tensor.dtype == DType::i64)
      for (const int64_t value : tensor.as<int64_t>()) add(static_cast<double>(value));
    else
      for (const float value : tensor.as<float>()) add(value);
    const double limit = 1e-9 * (1 + squares);
    EXPECT_NEAR(sum, logged.at(name)[0].get<double>(), limit) << name;
    EXPECT_NEAR(squares, logged.at(name)[1].get<double>(), limit) << name;
  }
}

TEST_P(TinyNetwork, LastCheckpointHasTheSumsTheTrainingLogged) {
  NNSTRETCH_NEEDS_SHARED();
  const auto end = epochs().at(2);
  const auto path = file("checkpoints/model_epoch_0003.pyth");
  const Loaded model = load(path, Which::model), average = load(path, Which::ema);
  EXPECT_EQ(model.taken, Which::model);
  EXPECT_EQ(average.taken, Which::ema);
  EXPECT_EQ(model.epoch, 2);
  EXPECT_EQ(model.test_err, end.at("test_top1_err").get<double>());
  EXPECT_EQ(model.ema_err, end.at("ema_top1_err").get<double>());
  EXPECT_EQ(list(model.weights), listed(file("state_keys.txt")));
  expect_sums(end.at("state"), model.weights);
  expect_sums(end.at("ema_state"), average.weights);
}

TEST_P(TinyNetwork, FirstCheckpointHasTheSumsOfTheFirstEpoch) {
  NNSTRETCH_NEEDS_SHARED();
  const auto end = epochs().at(0);
  const Loaded model = load(file("model_after_epoch1.pyth"), Which::model);
  EXPECT_EQ(model.epoch, 0);
  expect_sums(end.at("state"), model.weights);
}

TEST_P(TinyNetwork, BestTakesTheAverageOnlyIfItsErrorIsSmaller) {
  NNSTRETCH_NEEDS_SHARED();
  const auto path = file("checkpoints/model_epoch_0003.pyth");
  const Loaded best = load(path);
  EXPECT_EQ(best.taken, best.ema_err < best.test_err ? Which::ema : Which::model);
  expect_equal(best.weights, load(path, best.taken).weights);
}

TEST_P(TinyNetwork, OlderFormatHoldsTheSameAsTheNewerOne) {
  NNSTRETCH_NEEDS_SHARED();
  for (const Which which : {Which::model, Which::ema}) {
    const Loaded older = load(file("last_legacy_format.pyth"), which);
    const Loaded newer = load(file("checkpoints/model_epoch_0003.pyth"), which);
    EXPECT_EQ(older.epoch, newer.epoch);
    EXPECT_EQ(older.test_err, newer.test_err);
    EXPECT_EQ(older.config, newer.config);
    expect_equal(older.weights, newer.weights);
  }
}

INSTANTIATE_TEST_SUITE_P(Golden, TinyNetwork,
                         ::testing::Values("TINY-EN-CG", "TINY-R-CDG", "TINY-RX-CD"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace nnstretch::weights

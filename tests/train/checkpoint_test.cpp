// Going on from checkpoints: the original's and our own.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/files.h"
#include "support/errors.h"
#include "train/checkpoint.h"
#include "train/tiny.h"

namespace nnstretch::train {
namespace {

using nlohmann::json;
using testing::TinyNetwork;

void train_epoch(Learner& learner, const TinyNetwork& tiny, int epoch,
                 std::vector<double>* losses = nullptr) {
  const auto batches = testing::tiny_training_set(tiny.config.train.im_size);
  for (int i = 0; i < testing::kTinySteps; ++i) {
    const auto score = learner.step({&batches[static_cast<size_t>(i)], 1}, epoch, i);
    if (losses) losses->push_back(score.loss);
  }
}

void expect_equal(const State& a, const State& b) {
  for (size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(a[i].equal(b[i])) << a.entries()[i].name;
}

class Resume : public ::testing::TestWithParam<std::string> {};

// Its optimiser's memory decides the losses of the second epoch.
TEST_P(Resume, FromTheOriginalsCheckpointRepeatsItsNextEpoch) {
  NNSTRETCH_NEEDS_SHARED();
  torch::set_num_threads(1);
  const TinyNetwork tiny(GetParam());
  const auto file =
      testing::shared_folder() / "golden/tiny" / GetParam() / "model_after_epoch1.pyth";
  Learner learner(tiny.config, tiny.graph, tiny.weights);
  ASSERT_EQ(restore(learner, weights::read_torch(file), file), 0);
  std::vector<double> losses;
  train_epoch(learner, tiny, 1, &losses);
  const json log = testing::tiny_log(GetParam());
  for (size_t i = 0; i < losses.size(); ++i) {
    const double wanted = log.at(1 + testing::kTinySteps + 1 + i).at("loss");
    EXPECT_NEAR(losses[i], wanted, 1e-4 * wanted) << "step " << i;
  }
}

TEST_P(Resume, FromOurCheckpointRepeatsTheNextEpochBitForBit) {
  torch::set_num_threads(1);
  const TinyNetwork tiny(GetParam());
  for (const Layout layout : {Layout::nchw, Layout::channels_last}) {
    Learner whole(tiny.config, tiny.graph, tiny.weights, {.layout = layout, .ranks = {}});
    train_epoch(whole, tiny, 0);
    const auto saved = weights::to_torch(to_checkpoint(whole, tiny.config, 0, {50, 40}));
    std::vector<double> losses, again;
    train_epoch(whole, tiny, 1, &losses);
    Learner resumed(tiny.config, tiny.graph, tiny.weights, {.layout = layout, .ranks = {}});
    EXPECT_EQ(restore(resumed, weights::parse_torch(saved, "saved"), "saved"), 0);
    train_epoch(resumed, tiny, 1, &again);
    EXPECT_EQ(again, losses);
    expect_equal(resumed.model(), whole.model());
    expect_equal(resumed.average(), whole.average());
  }
}

INSTANTIATE_TEST_SUITE_P(Tiny, Resume, ::testing::Values("TINY-EN-CG", "TINY-R-CDG", "TINY-RX-CD"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(Checkpoint, OfAnotherNetworkOrOptimiserIsRefusedAndChangesNothing) {
  const TinyNetwork one("TINY-RX-CD"), other("TINY-R-CDG");
  Learner learner(one.config, one.graph, one.weights);
  const State before = learner.model().clone();
  const Learner stranger(other.config, other.graph, other.weights);
  EXPECT_ERROR(restore(learner, to_checkpoint(stranger, other.config, 0, {}), "x"), FormatError,
               "'stem.conv.weight' is 16x3x7x7, not 16x3x3x3", "another OUT_DIR");
  auto config = one.config;
  config.optim.optimizer = "adamw";
  Learner adam(config, one.graph, one.weights);
  train_epoch(adam, one, 0);
  EXPECT_ERROR(restore(learner, to_checkpoint(adam, config, 0, {}), "x"), FormatError,
               "optimizer_state: numbers of another optimiser", "TRAIN.AUTO_RESUME False");
  EXPECT_ERROR(restore(learner, {}, "x"), FormatError, "it has no model_state");
  expect_equal(learner.model(), before);
}

TEST(Checkpoint, WithASenselessEpochIsRefusedAndChangesNothing) {
  const TinyNetwork tiny("TINY-RX-CD");
  Learner learner(tiny.config, tiny.graph, tiny.weights),
      other(tiny.config, tiny.graph, tiny.weights);
  train_epoch(other, tiny, 0);
  const State before = learner.model().clone();
  for (const double epoch : {-2.0, 1e12, std::nan("")}) {
    auto checkpoint = to_checkpoint(other, tiny.config, 0, {});
    std::get<weights::TorchValue::Dict>(checkpoint.data)[0].value = {epoch};
    EXPECT_THROW(restore(learner, checkpoint, "x"), FormatError) << epoch;
    expect_equal(learner.model(), before);
    expect_equal(learner.average(), before);
    for (const auto& memory : learner.optimizer().memories()) EXPECT_TRUE(memory.empty());
  }
}

TEST(Checkpoint, AdamGoesOnBitForBit) {
  torch::set_num_threads(1);
  TinyNetwork tiny("TINY-RX-CD");
  tiny.config.optim.optimizer = "adam";
  tiny.config.optim.base_lr = 1e-3;
  Learner whole(tiny.config, tiny.graph, tiny.weights);
  train_epoch(whole, tiny, 0);
  const auto saved = weights::to_torch(to_checkpoint(whole, tiny.config, 0, {}));
  Learner resumed(tiny.config, tiny.graph, tiny.weights);
  restore(resumed, weights::parse_torch(saved, "saved"), "saved");
  train_epoch(whole, tiny, 1);
  train_epoch(resumed, tiny, 1);
  expect_equal(resumed.model(), whole.model());
}

// pycls' logger adds `_type: cfg` to the configuration that its checkpoints then hold.
TEST(Checkpoint, OfARunOfPyclsKeepsTheKeysItCameWith) {
  const TinyNetwork tiny("TINY-RX-CD");
  const Learner learner(tiny.config, tiny.graph, tiny.weights);
  config::Config kept = tiny.config;
  kept.others = {{"_type", "cfg"}, {"TRAIN.NEW", 1}};
  const auto checkpoint = to_checkpoint(learner, kept, 0, {});
  const std::string text = *checkpoint.find("cfg")->get_if<std::string>();
  EXPECT_EQ(config::parse_kept(text, "x").others, kept.others);
}

TEST(Checkpoint, WithNumbersThatAreNoneIsRefused) {
  const TinyNetwork tiny("TINY-RX-CD");
  Learner learner(tiny.config, tiny.graph, tiny.weights);
  Learner broken(tiny.config, tiny.graph, tiny.weights);
  const torch::NoGradGuard no_grad;
  broken.model()[broken.model().index_of("s1.branches.0.b1.f.a.weight")].fill_(std::nan(""));
  const State before = learner.model().clone();
  const auto checkpoint = to_checkpoint(broken, tiny.config, 0, {});
  EXPECT_ERROR(restore(learner, checkpoint, "x"), FormatError, "s1.branches.0.b1.f.a.weight",
               "no numbers");
  const testing::TemporaryFolder folder;
  write_atomic(folder / "nan.pyth", weights::to_torch(checkpoint));
  EXPECT_ERROR(start_from(learner, tiny.graph, folder / "nan.pyth"), FormatError, "nan.pyth",
               "s1.branches.0.b1.f.a.weight");
  expect_equal(learner.model(), before);
}

TEST(Checkpoint, OfOtherClassesNeedsANewHead) {
  const TinyNetwork tiny("TINY-RX-CD");
  const testing::TemporaryFolder folder;
  Learner trained(tiny.config, tiny.graph, tiny.weights);
  train_epoch(trained, tiny, 0);
  write_atomic(folder / "ten.pyth", weights::to_torch(to_checkpoint(trained, tiny.config, 0, {})));
  TinyNetwork five("TINY-RX-CD");
  five.config.model.num_classes = 5;
  five.graph = nets::build(five.config, five.config.train.im_size);
  five.weights = weights::initialise(five.graph);
  Learner learner(five.config, five.graph, five.weights);
  const State before = learner.model().clone();
  EXPECT_ERROR(start_from(learner, five.graph, folder / "ten.pyth"), ShapeError, "ten.pyth",
               "the classifier of these weights is 10x", "new_head");
  expect_equal(learner.model(), before);
  EXPECT_TRUE(start_from(learner, five.graph, folder / "ten.pyth", true).starts_with("10x"));
  for (size_t i = 0; i < before.size(); ++i) {
    const std::string& name = before.entries()[i].name;
    if (before.entries()[i].kind == Kind::counter) continue;  // a new optimiser counts anew
    const Tensor& wanted = name.starts_with("head.fc.") ? before[i] : trained.model()[i];
    EXPECT_TRUE(learner.model()[i].equal(wanted)) << name;
  }
}

double number(const weights::TorchValue& checkpoint, std::string_view key) {
  return checkpoint.find(key)->number().value();
}

// As pycls: the first whole, then each half when it is better, by itself.
TEST(CheckpointFolder, KeepsTheNewestAndTheBestOfEach) {
  const testing::TemporaryFolder folder;
  const TinyNetwork tiny("TINY-RX-CD");
  Learner learner(tiny.config, tiny.graph, tiny.weights);
  const CheckpointFolder checkpoints(folder.path());
  EXPECT_FALSE(checkpoints.newest());
  std::vector<ir::WeightStore> states;
  const std::vector<Errors> errors = {{50, 60}, {40, 70}, {45, 55}};
  for (int epoch = 0; epoch < 3; ++epoch) {
    train_epoch(learner, tiny, epoch);
    states.push_back(to_store(learner.model()));
    const Errors now = errors[static_cast<size_t>(epoch)];
    checkpoints.save(to_checkpoint(learner, tiny.config, epoch, now), epoch, now);
  }
  ASSERT_TRUE(checkpoints.newest());
  EXPECT_EQ(checkpoints.newest()->filename(), "model_epoch_0003.pyth");
  const auto files = std::filesystem::directory_iterator(folder / "checkpoints");
  EXPECT_EQ(std::distance(begin(files), end(files)), 1);
  const auto best = weights::read_torch(folder / "model.pyth");
  EXPECT_EQ(number(best, "test_err"), 40);
  EXPECT_EQ(number(best, "ema_err"), 55);
  EXPECT_EQ(number(best, "epoch"), 0);
  const auto loaded = weights::load(folder / "model.pyth", weights::Which::model);
  for (const auto& [name, tensor] : states[1])
    EXPECT_EQ(*loaded.weights.at(name).bytes, *tensor.bytes) << name;
}

TEST(CheckpointFolder, GoesOnFromWhereAnEpochWasLeft) {
  const testing::TemporaryFolder folder;
  const TinyNetwork tiny("TINY-RX-CD");
  const Learner learner(tiny.config, tiny.graph, tiny.weights);
  const CheckpointFolder checkpoints(folder.path());
  const auto newest = [&] { return checkpoints.newest()->filename().string(); };
  const auto within = to_checkpoint_within(learner, tiny.config, 0, 3);
  EXPECT_EQ(steps_within(within, "x"), 3);
  checkpoints.save_within(within, 0);
  EXPECT_EQ(newest(), "within_epoch_0001.pyth");
  checkpoints.save(to_checkpoint(learner, tiny.config, 0, {}), 0, {});
  EXPECT_EQ(newest(), "model_epoch_0001.pyth");
  checkpoints.save_within(to_checkpoint_within(learner, tiny.config, 1, 2), 1);
  EXPECT_EQ(newest(), "within_epoch_0002.pyth");
  EXPECT_TRUE(std::filesystem::exists(folder / "checkpoints/model_epoch_0001.pyth"));
  checkpoints.save(to_checkpoint(learner, tiny.config, 1, {}), 1, {});
  const auto files = std::filesystem::directory_iterator(folder / "checkpoints");
  EXPECT_EQ(std::distance(begin(files), end(files)), 1);
}

// Who is killed between the two repeats the epoch: nothing better is lost.
TEST(CheckpointFolder, WritesTheBestBeforeTheEpoch) {
  const testing::TemporaryFolder folder;
  const TinyNetwork tiny("TINY-RX-CD");
  const Learner learner(tiny.config, tiny.graph, tiny.weights);
  write_atomic(folder / "checkpoints", std::string_view("in the way of the epoch's file"));
  const CheckpointFolder checkpoints(folder.path());
  EXPECT_ANY_THROW(checkpoints.save(to_checkpoint(learner, tiny.config, 0, {50, 60}), 0, {50, 60}));
  EXPECT_EQ(number(weights::read_torch(folder / "model.pyth"), "test_err"), 50);
}

TEST(CheckpointFolder, IsNotTakenForEmptyWhereItCannotBeRead) {
  const testing::TemporaryFolder folder;
  const CheckpointFolder checkpoints(folder.path());
  EXPECT_FALSE(checkpoints.newest());
  write_atomic(folder / "checkpoints", std::string_view("no folder"));
  EXPECT_ERROR(checkpoints.newest(), IoError, "checkpoints: Not a directory");
}

// As old versions of pycls wrote it, and other tools do.
TEST(CheckpointFolder, GivesAnAverageToABestFileThatHasNone) {
  const testing::TemporaryFolder folder;
  const TinyNetwork tiny("TINY-RX-CD");
  Learner learner(tiny.config, tiny.graph, tiny.weights);
  auto old = to_checkpoint(learner, tiny.config, 0, {50, 60});
  auto& entries = std::get<weights::TorchValue::Dict>(old.data);
  std::erase_if(entries, [](const auto& entry) {
    return std::get<std::string>(entry.key.data).starts_with("ema_");
  });
  write_atomic(folder / "model.pyth", weights::to_torch(old));
  train_epoch(learner, tiny, 1);
  CheckpointFolder(folder.path())
      .save(to_checkpoint(learner, tiny.config, 1, {70, 55}), 1, {70, 55});
  const auto best = weights::read_torch(folder / "model.pyth");
  EXPECT_EQ(number(best, "test_err"), 50);
  EXPECT_EQ(number(best, "ema_err"), 55);
  const auto loaded = weights::load(folder / "model.pyth", weights::Which::ema);
  for (const auto& [name, tensor] : to_store(learner.average()))
    EXPECT_EQ(*loaded.weights.at(name).bytes, *tensor.bytes) << name;
}

}  // namespace
}  // namespace nnstretch::train

// Steps on batches whose pictures were damaged, all or some of them.
#include "train/learner.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "nets/layers.h"
#include "train/tiny.h"

namespace nnstretch::train {
namespace {

using testing::TinyNetwork;

// Past the warm-up, and where the average would be moved.
constexpr int kEpoch = 1, kIteration = 0;

data::Batch some_batch(const TinyNetwork& tiny) {
  return testing::tiny_batch("train", 0, tiny.config.train.im_size);
}

// With numbers in its optimiser's memory and an average of its own.
Learner trained(const TinyNetwork& tiny) {
  torch::set_num_threads(1);
  Learner learner(tiny.config, tiny.graph, tiny.weights);
  for (int i = 0; i < 3; ++i) {
    const auto batch = testing::tiny_batch("train", i, tiny.config.train.im_size);
    learner.step({&batch, 1}, kEpoch, i);
  }
  return learner;
}

void expect_equal(const State& a, const State& b) {
  for (size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(a[i].equal(b[i])) << a.entries()[i].name;
}

TEST(Step, OnNoPicturesChangesNothing) {
  const TinyNetwork tiny("TINY-R-CDG");
  Learner learner = trained(tiny);
  const State model = learner.model().clone(), average = learner.average().clone();
  std::vector<Tensor> velocities;
  for (const auto& memory : learner.optimizer().memories())
    velocities.push_back(memory.at("momentum_buffer").clone());
  const std::vector<data::Batch> nothing(3);
  for (const size_t lanes : {1, 3}) {
    EXPECT_EQ(learner.step({nothing.data(), lanes}, kEpoch, kIteration).images, 0);
    expect_equal(learner.model(), model);
    expect_equal(learner.average(), average);
    for (size_t i = 0; i < velocities.size(); ++i)
      EXPECT_TRUE(learner.optimizer().memories()[i].at("momentum_buffer").equal(velocities[i]));
  }
}

TEST(Step, OfALaneWithoutPicturesIsScoredByTheOthers) {
  const TinyNetwork tiny("TINY-R-CDG");
  Learner alone = trained(tiny), two = trained(tiny);
  const State before = two.model().clone();
  const data::Batch batch = some_batch(tiny);
  const StepScore wanted = alone.step({&batch, 1}, kEpoch, kIteration);
  for (const bool empty_first : {true, false}) {
    two.set_states(before, before);
    std::vector<data::Batch> lanes(2);
    lanes[empty_first ? 1 : 0] = batch;
    const StepScore score = two.step(lanes, kEpoch, kIteration);
    EXPECT_EQ(score.images, testing::kTinyBatch);
    EXPECT_FLOAT_EQ(static_cast<float>(score.loss), static_cast<float>(wanted.loss));
    EXPECT_FLOAT_EQ(static_cast<float>(score.top1_err), static_cast<float>(wanted.top1_err));
    const auto& entries = two.model().entries();
    for (size_t i = 0; i < entries.size(); ++i) {
      const Tensor& mine = two.model()[i];
      if (entries[i].kind == Kind::counter) {
        EXPECT_TRUE(mine.equal(before[i] + 1)) << entries[i].name;
      }
      if (entries[i].kind == Kind::statistic) {
        EXPECT_TRUE(mine.allclose((before[i] + alone.model()[i]) / 2)) << entries[i].name;
      }
      if (entries[i].kind == Kind::parameter) {
        EXPECT_TRUE(mine.grad().allclose(alone.model()[i].grad() / 2)) << entries[i].name;
      }
    }
  }
}

// Convolution, relu, average, classifier: no batch norm that would see other batches.
ir::Graph without_norms(int size) {
  ir::GraphBuilder builder;
  nets::Layers layers(builder, 1e-5f);
  const nets::Scope scope{"net", "", {}};
  ir::NodeId x = builder.add({.name = "x", .op = ir::Input{{DType::f32, {1, size, size, 3}, {}}}});
  x = layers.conv(scope, x, "_conv", "conv", 8, 3, 2);
  x = layers.act(scope, x, "_act", ir::Act::relu);
  x = layers.mean(scope, x, "_mean", false);
  x = layers.linear(scope, x, "_fc", "head.fc", testing::kTinyClasses);
  return std::move(builder).finish({x});
}

data::Batch joined(const std::vector<data::Batch>& batches) {
  data::Batch all = batches.at(0);
  for (size_t i = 1; i < batches.size(); ++i) {
    all.images.insert(all.images.end(), batches[i].images.begin(), batches[i].images.end());
    all.labels.insert(all.labels.end(), batches[i].labels.begin(), batches[i].labels.end());
  }
  return all;
}

TEST(Step, OfPartsIsTheStepOfTheWholeBatch) {
  torch::set_num_threads(1);
  const int size = 16;
  config::Config config = testing::tiny_config("TINY-R-CDG");
  config.optim.grad_clip = 0.5;  // of the whole step, not of its parts
  const ir::Graph graph = without_norms(size);
  const auto weights = weights::initialise(graph);
  Learner whole(config, graph, weights), parts(config, graph, weights);
  std::vector<data::Batch> batches;
  for (int i = 0; i < 4; ++i) batches.push_back(testing::tiny_batch("train", i, size, 32));
  const data::Batch all = joined(batches);
  for (int step = 0; step < 3; ++step) {
    const StepScore wanted = whole.step({&all, 1}, kEpoch, step);
    const StepScore score = parts.step(batches, kEpoch, step, 4);
    EXPECT_EQ(score.images, 128);
    EXPECT_NEAR(score.loss, wanted.loss, 1e-6 * wanted.loss);
    EXPECT_FLOAT_EQ(static_cast<float>(score.top1_err), static_cast<float>(wanted.top1_err));
  }
  for (size_t i = 0; i < whole.model().size(); ++i)
    EXPECT_LE((whole.model()[i] - parts.model()[i]).abs().max().item<float>(), 1e-6)
        << whole.model().entries()[i].name;
}

TEST(Step, LeavesFrozenPartsAsTheyAre) {
  TinyNetwork tiny("TINY-R-CDG");
  tiny.config.train.freeze = {"stem", "s1"};
  Learner learner = trained(tiny);
  const TinyNetwork start("TINY-R-CDG");
  const State before = make_state(start.graph, start.weights);
  const std::vector<data::Batch> lanes(2, some_batch(tiny));
  for (const size_t lane_count : {1, 2}) {
    learner.step({lanes.data(), lane_count}, kEpoch, kIteration);
    for (const State* state : {&learner.model(), &learner.average()})
      for (size_t i = 0; i < before.size(); ++i) {
        const std::string& name = before.entries()[i].name;
        const bool frozen = name.starts_with("stem.") || name.starts_with("s1.");
        if (frozen)
          EXPECT_TRUE((*state)[i].equal(before[i])) << name;
        else if (state == &learner.model())
          EXPECT_FALSE((*state)[i].equal(before[i])) << name;
      }
  }
  tiny.config.train.freeze = {"s7"};
  EXPECT_THROW(Learner(tiny.config, tiny.graph, tiny.weights), ConfigError);
}

}  // namespace
}  // namespace nnstretch::train

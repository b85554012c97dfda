// Steps on batches whose pictures were damaged, all or some of them.
#include "train/learner.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace nnstretch::train

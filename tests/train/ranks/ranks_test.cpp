// Ranks, here as threads: together they do the arithmetic of one process with as many lanes, and
// one that leaves is missed.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <future>

#include "train/learner.h"
#include "train/ranks/ranks.h"
#include "train/ranks/tcp_store.h"
#include "train/tiny.h"
#include "train/train_error.h"

namespace nnstretch::train {
namespace {

using testing::TinyNetwork;

constexpr int kHalf = testing::kTinyBatch / 2;

// Half `part` of every batch of the tiny training set.
data::Batch half(const data::Batch& whole, int part) {
  data::Batch batch = whole;
  const size_t pixels = whole.images.size() / 2;
  const auto first = static_cast<ptrdiff_t>(pixels) * part;
  batch.images.assign(whole.images.begin() + first,
                      whole.images.begin() + first + static_cast<ptrdiff_t>(pixels));
  batch.labels.assign(whole.labels.begin() + part * kHalf,
                      whole.labels.begin() + (part + 1) * kHalf);
  return batch;
}

void train(Learner& learner, const TinyNetwork& tiny, const std::vector<int>& parts) {
  for (int epoch = 0; epoch < testing::kTinyEpochs; ++epoch) {
    const auto whole = testing::tiny_training_set(tiny.config.train.im_size);
    for (int i = 0; i < testing::kTinySteps; ++i) {
      std::vector<data::Batch> lanes;
      for (const int part : parts) lanes.push_back(half(whole[static_cast<size_t>(i)], part));
      learner.step(lanes, epoch, i);
    }
    std::vector<std::unique_ptr<data::Batches>> halves;
    for (const int part : parts) {
      std::vector<data::Batch> batches;
      for (const data::Batch& batch : whole) batches.push_back(half(batch, part));
      halves.push_back(std::make_unique<testing::FixedBatches>(std::move(batches)));
    }
    for (const State* state : {&learner.model(), &learner.average()})
      learner.precise_statistics(learner.network(), *state, halves, epoch, 3);
  }
}

void expect_equal(const State& a, const State& b, const std::string& what) {
  for (size_t i = 0; i < a.size(); ++i)
    EXPECT_TRUE(a[i].equal(b[i])) << what << a.entries()[i].name;
}

class TwoRanks : public ::testing::TestWithParam<std::string> {};

TEST_P(TwoRanks, GiveTheBitsOfTwoLanesAndOfEachOther) {
  const testing::TemporaryFolder folder;
  const TinyNetwork tiny(GetParam());
  const auto run = [&](int rank) {
    torch::set_num_threads(1);
    auto ranks = meet({.rank = rank, .world = 2, .file = folder / "meeting", .host = ""});
    Learner learner(tiny.config, tiny.graph, tiny.weights, {.ranks = std::move(ranks)});
    train(learner, tiny, {rank});
    return std::pair(learner.model().clone(), learner.average().clone());
  };
  auto second = std::async(std::launch::async, run, 1);
  const auto first = run(0);
  const auto other = second.get();
  expect_equal(first.first, other.first, "ranks: ");
  expect_equal(first.second, other.second, "ranks' averages: ");

  Learner alone(tiny.config, tiny.graph, tiny.weights);
  train(alone, tiny, {0, 1});
  expect_equal(first.first, alone.model(), "one process: ");
  expect_equal(first.second, alone.average(), "one process' average: ");

  // The halves matter: batch norms see one at a time.
  Learner whole(tiny.config, tiny.graph, tiny.weights);
  const auto batches = testing::tiny_training_set(tiny.config.train.im_size);
  whole.step({&batches[0], 1}, 0, 0);
  EXPECT_FALSE(whole.model()[0].equal(alone.model()[0]));
}

INSTANTIATE_TEST_SUITE_P(Tiny, TwoRanks,
                         ::testing::Values("TINY-EN-CG", "TINY-R-CDG", "TINY-RX-CD"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(Ranks, AddUpInTheirOrder) {
  constexpr int kWorld = 3, kNumbers = 1000;  // no multiple of three
  const testing::TemporaryFolder folder;
  torch::manual_seed(1);
  std::vector<Tensor> numbers;
  for (int i = 0; i < kWorld; ++i) numbers.push_back(torch::randn({10, kNumbers / 10}));
  std::vector<std::future<Tensor>> sums;
  for (int rank = 0; rank < kWorld; ++rank)
    sums.push_back(std::async(std::launch::async, [&, rank] {
      Tensor mine = numbers[static_cast<size_t>(rank)].clone();
      meet({.rank = rank, .world = kWorld, .file = folder / "meeting", .host = ""})->sum(mine);
      return mine;
    }));
  const auto at = [&](size_t rank, int i) { return numbers[rank].data_ptr<float>()[i]; };
  for (auto& sum : sums) {
    const Tensor found = sum.get();
    for (int i = 0; i < kNumbers; ++i)
      ASSERT_EQ(found.data_ptr<float>()[i], (at(0, i) + at(1, i)) + at(2, i)) << i;
  }
}

// As under torchrun, whose agent answers: what an attempt before left there is not met again.
TEST(Ranks, MeetAtAStoreThatIsServedAttemptAfterAttempt) {
  c10d::TCPStoreOptions options;
  options.isServer = true;
  options.waitWorkers = false;
  const auto agent = tcp_store("127.0.0.1", options);
  const std::vector<uint8_t> own = {1, 2, 3};
  agent->set("0", own);
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto sum_of = [&](int rank) {
      const auto ranks = meet({.rank = rank,
                               .world = 2,
                               .file = {},
                               .host = "127.0.0.1",
                               .port = agent->getPort(),
                               .is_served = true,
                               .attempt = attempt,
                               .timeout = std::chrono::seconds(20)});
      Tensor numbers = torch::full({2}, rank + 1);
      ranks->sum(numbers);
      return numbers[0].item<int64_t>();
    };
    auto other = std::async(std::launch::async, sum_of, 1);
    EXPECT_EQ(sum_of(0), 3);
    EXPECT_EQ(other.get(), 3);
    // Each has said what GPU it has, whatever its libtorch can do with one.
    for (const std::string rank : {"0", "1"})
      EXPECT_TRUE(agent->check({fmt::format("nnstretch/{}/gpu/{}", attempt, rank)}));
  }
  EXPECT_EQ(agent->get("0"), own);
}

TEST(Ranks, TakeNcclOnlyWhereEachHasAGpuOfItsOwn) {
  EXPECT_TRUE(has_each_a_gpu({"a/0", "a/1", "b/0"}));
  EXPECT_FALSE(has_each_a_gpu({"a/0", "a/1", "a/0"}));
  EXPECT_FALSE(has_each_a_gpu({"a/0", "", "b/0"}));
  EXPECT_FALSE(has_each_a_gpu({"", "a/0"}));
}

TEST(Ranks, TalkAtTheInterfaceThatIsNamed) {
  c10d::TCPStoreOptions options;
  options.isServer = true;
  options.waitWorkers = false;
  const auto agent = tcp_store("127.0.0.1", options);
  int attempt = 0;
  const auto sum_of = [&](int rank) {
    const auto ranks = meet({.rank = rank,
                             .world = 2,
                             .file = {},
                             .host = "127.0.0.1",
                             .port = agent->getPort(),
                             .is_served = true,
                             .attempt = attempt,
                             .timeout = std::chrono::seconds(20)});
    Tensor numbers = torch::ones({1});
    ranks->sum(numbers);
    return numbers.item<float>();
  };
  ::setenv("GLOO_SOCKET_IFNAME", "lo", 1);
  auto other = std::async(std::launch::async, sum_of, 1);
  EXPECT_EQ(sum_of(0), 2);
  EXPECT_EQ(other.get(), 2);
  ::setenv("GLOO_SOCKET_IFNAME", "lo,nowhere0", 1);
  ++attempt;
  auto refused = std::async(std::launch::async, sum_of, 1);
  EXPECT_THROW(sum_of(0), UsageError);
  EXPECT_THROW(refused.get(), UsageError);
  ::unsetenv("GLOO_SOCKET_IFNAME");
}

TEST(Ranks, NameThemselvesWhenAnotherOneIsGone) {
  const testing::TemporaryFolder folder;
  const auto come = [&](int rank) {
    return meet({.rank = rank, .world = 2, .file = folder / "meeting", .host = ""});
  };
  std::promise<void> met;
  auto leaves = std::async(std::launch::async, [&] {
    const auto rank = come(1);
    met.get_future().wait();
  });
  const auto stays = come(0);
  met.set_value();
  leaves.get();
  Tensor numbers = torch::ones({3});
  try {
    stays->sum(numbers);
    FAIL() << "nobody was missed";
  } catch (const TrainError& error) {
    EXPECT_EQ(error.message().where, "rank 0 of 2");
  }
}

TEST(Ranks, AreFoundInTheEnvironmentOfTorchrun) {
  EXPECT_FALSE(meeting_of_environment());
  ::setenv("WORLD_SIZE", "4", 1);
  ::setenv("RANK", "3", 1);
  ::setenv("MASTER_ADDR", "10.0.0.1", 1);
  ::setenv("MASTER_PORT", "29500", 1);
  EXPECT_EQ(meeting_of_environment()->local_rank, 0);
  EXPECT_EQ(meeting_of_environment()->local_world, 1);
  EXPECT_FALSE(meeting_of_environment()->is_served);
  ::setenv("LOCAL_WORLD_SIZE", "2", 1);
  ::setenv("TORCHELASTIC_USE_AGENT_STORE", "True", 1);
  ::setenv("TORCHELASTIC_RESTART_COUNT", "5", 1);
  ::setenv("LOCAL_RANK", "1", 1);
  const auto meeting = meeting_of_environment();
  ::setenv("LOCAL_RANK", "4", 1);
  EXPECT_THROW(meeting_of_environment(), UsageError);
  ::setenv("LOCAL_RANK", "1", 1);
  ::setenv("RANK", "4", 1);
  EXPECT_THROW(meeting_of_environment(), UsageError);
  ::setenv("RANK", "3", 1);
  ::setenv("TORCHELASTIC_USE_AGENT_STORE", "False", 1);
  EXPECT_FALSE(meeting_of_environment()->is_served);
  for (const char* name :
       {"WORLD_SIZE", "RANK", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT",
        "TORCHELASTIC_USE_AGENT_STORE", "TORCHELASTIC_RESTART_COUNT"})
    ::unsetenv(name);
  ASSERT_TRUE(meeting);
  EXPECT_EQ(meeting->rank, 3);
  EXPECT_EQ(meeting->local_rank, 1);
  EXPECT_EQ(meeting->local_world, 2);
  EXPECT_EQ(meeting->attempt, 5);
  EXPECT_TRUE(meeting->is_served);
  EXPECT_EQ(meeting->world, 4);
  EXPECT_EQ(meeting->host, "10.0.0.1");
  EXPECT_EQ(meeting->port, 29500);
}

}  // namespace
}  // namespace nnstretch::train

// What the networks inside learn together, against each of them alone; statistics and logits of
// those that are taken out.
#include "train/elastic/sandwich.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "train/elastic/supernet.h"
#include "train/elastic_net.h"
#include "train/learner.h"
#include "train/loss.h"
#include "train/tiny.h"

namespace nnstretch::train {
namespace {

using testing::elastic_config;

// One network inside that has nothing to do with the supernet any more: its numbers are copies, and
// of each it is known which of the supernet's it was.
struct Alone {
  Interpreter network;
  State state, index;
};

Alone alone(const Sandwich& sandwich, const nets::NetSize& size, const State& supernet) {
  std::vector<Entry> numbered = supernet.clone().entries();
  for (Entry& entry : numbered)
    entry.value = torch::arange(entry.value.numel()).view(entry.value.sizes());
  const Subnet subnet = sandwich.cut(size);
  const torch::NoGradGuard no_grad;
  const State state = subnet.view(supernet).clone();
  for (const Entry& entry : state.entries())
    if (entry.kind == Kind::parameter) entry.value.requires_grad_(true);
  return {subnet.network(), state, subnet.view(State(std::move(numbered)))};
}

// Its gradients, put where they belong.
void add_gradients(const Alone& one, const State& supernet, std::vector<Tensor>& sums) {
  for (size_t i = 0; i < one.state.size(); ++i) {
    if (one.state.entries()[i].kind != Kind::parameter) continue;
    const size_t where = supernet.index_of(one.state.entries()[i].name);
    sums[where].view(-1).index_add_(0, one.index[i].reshape(-1), one.state[i].grad().reshape(-1));
  }
}

data::Batch batch_of(const Tensor& images) {
  const Tensor plain = images.contiguous();
  data::Batch batch{.images = {plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel()},
                    .labels = {},
                    .height = static_cast<int>(images.size(2)),
                    .width = static_cast<int>(images.size(3))};
  for (int64_t i = 0; i < images.size(0); ++i) batch.labels.push_back(i % 10);
  return batch;
}

TEST(Sandwich, LearnsTheSumOfWhatItsNetworksLearnAlone) {
  for (const char* align : {"True", "False"}) {
    const auto config =
        elastic_config({"ELASTIC.ALIGN", align, "ELASTIC.TEMPERATURE", "2.0", "OPTIM.MOMENTUM",
                        "0.0", "OPTIM.WEIGHT_DECAY", "0.0", "OPTIM.BASE_LR", "0.01"});
    const auto sandwich = std::make_shared<const Sandwich>(config);
    const ir::Graph graph = nets::build(config, 16);
    const State before = testing::random_state(graph, 3);
    const Tensor images = testing::random_images(4, 16, 8);
    const data::Batch batch = batch_of(images);

    // Each alone: the largest from labels, the others from what it said.
    std::vector<Tensor> sums;
    for (const Entry& entry : before.entries()) sums.push_back(torch::zeros_like(entry.value));
    const Alone largest = alone(*sandwich, sandwich->elastic().largest(), before);
    const Tensor logits = largest.network.forward(largest.state, images, {.training = true});
    soft_cross_entropy(logits, soft_targets(torch::tensor(batch.labels), 10, 0)).backward();
    add_gradients(largest, before, sums);
    const auto others = sandwich->networks(/*epoch=*/0, /*iteration=*/0);
    ASSERT_EQ(others.size(), 3u);
    EXPECT_EQ(others[0], sandwich->elastic().smallest());
    for (const nets::NetSize& size : others) {
      const Alone one = alone(*sandwich, size, before);
      const Tensor answer = one.network.forward(one.state, images, {.training = true});
      const Tensor taught = torch::softmax(logits.detach() / 2, 1);
      (4 * -(taught * torch::log_softmax(answer / 2, 1)).sum() / 8).backward();
      add_gradients(one, before, sums);
    }

    // Together, by a step of plain descent.
    Learner learner(config, graph, to_store(before), {.ranks = nullptr, .sandwich = sandwich});
    learner.step({&batch, 1}, 0, 0);
    for (size_t i = 0; i < before.size(); ++i) {
      const Entry& entry = before.entries()[i];
      if (entry.kind != Kind::parameter) continue;
      const Tensor learnt = learner.model()[i].grad();
      EXPECT_LE((learnt - sums[i]).abs().max().item<double>(),
                1e-5 * (1e-3 + sums[i].abs().max().item<double>()))
          << entry.name << ", align " << align;
      const Tensor wanted = entry.value - 0.01 * sums[i];
      EXPECT_TRUE(learner.model()[i].allclose(wanted, 1e-5, 1e-6)) << entry.name;
    }
  }
}

TEST(Sandwich, LeavesTheLargestAloneAtFirst) {
  const auto config = elastic_config({"ELASTIC.ALONE_EPOCHS", "2"});
  const Sandwich sandwich(config);
  EXPECT_TRUE(sandwich.networks(1, 5).empty());
  EXPECT_EQ(sandwich.networks(2, 5).size(), 3u);
  EXPECT_EQ(sandwich.networks(2, 5), sandwich.networks(2, 5));
  EXPECT_NE(sandwich.networks(2, 5), sandwich.networks(2, 6));
  EXPECT_NE(sandwich.networks(2, 5), sandwich.networks(3, 5));
}

TEST(Sandwich, SaysWhatCannotBeCutOut) {
  EXPECT_THROW(Sandwich(elastic_config({"BN.NUM_SAMPLES_PRECISE", "3"})), ConfigError);
  // A block without a shortcut of its own adds channels of both branches, by their number.
  const std::vector<std::string> shortcut = {"ANYNET.STRIDES", "[[2, 2], [1, 1]]",
                                             "ELASTIC.MIN_WIDTHS", "[[8, 8], [16, 8]]"};
  EXPECT_THROW(Sandwich(elastic_config(shortcut)), ShapeError);
  // A number of ranks draws the same networks: the lane is not part of what they follow from.
  EXPECT_NO_THROW(Sandwich(elastic_config({"ELASTIC.ALIGN", "False"})));
}

std::vector<data::Batch> training_set() {
  std::vector<data::Batch> batches;
  for (uint64_t i = 0; i < 3; ++i) batches.push_back(batch_of(testing::random_images(i, 16)));
  return batches;
}

// A checkpoint of an elastic network that was not trained.
std::filesystem::path checkpoint(const testing::TemporaryFolder& folder) {
  weights::Loaded loaded;
  loaded.weights = to_store(testing::random_state(nets::build(elastic_config(), 16), 5));
  weights::write_pyth(folder / "supernet.pyth", loaded);
  return folder / "supernet.pyth";
}

TEST(Supernet, TakesStatisticsOfTheNetworkItTakesOut) {
  const testing::TemporaryFolder folder;
  const auto config = elastic_config({"BN.NUM_SAMPLES_PRECISE", "12"});
  const Supernet supernet(config, checkpoint(folder), Layout::nchw);
  testing::FixedBatches pictures(training_set());
  const Member min = supernet.member(supernet.elastic().smallest(), pictures);

  // Of the stem by their definition: means over pixels, and over batches of these.
  const torch::NoGradGuard no_grad;
  const Tensor weight = min.state[min.state.index_of("stem.conv.weight")];
  Tensor mean = torch::zeros({8}), variance = torch::zeros({8});
  for (const data::Batch& batch : training_set()) {
    const Tensor x = at::conv2d(images_of(batch, Layout::nchw), weight, {}, 1, 1);
    mean += x.mean({0, 2, 3}) / 3;
    variance += x.var({0, 2, 3}, /*unbiased=*/true) / 3;
  }
  EXPECT_TRUE(min.state[min.state.index_of("stem.bn.running_mean")].allclose(mean, 1e-4, 1e-5));
  EXPECT_TRUE(min.state[min.state.index_of("stem.bn.running_var")].allclose(variance, 1e-4, 1e-5));
  // Of no pictures there are none.
  testing::FixedBatches nothing({});
  EXPECT_THROW(supernet.member(supernet.elastic().smallest(), nothing), ConfigError);
}

TEST(Supernet, WritesANetworkThatGivesTheSameLogits) {
  const testing::TemporaryFolder folder;
  const auto config = elastic_config({"BN.NUM_SAMPLES_PRECISE", "12"});
  const Supernet supernet(config, checkpoint(folder), Layout::nchw);
  testing::FixedBatches pictures(training_set());
  const Tensor images = testing::random_images(9, 16);
  const torch::NoGradGuard no_grad;
  for (const char* name : {"max", "min", "random:1", "random:2", "random:3"}) {
    const Member member = supernet.member(supernet.elastic().find(name), pictures);
    const Tensor wanted = member.network.forward(member.state, images, {});
    write_member(member, folder / name);
    const auto own = config::load(folder / name / "config.yaml");
    const ir::Graph graph = nets::build(own, own.train.im_size);
    const auto loaded = weights::load(folder / name / "model.pyth");
    const State state = make_state(graph, weights::select(graph, loaded.weights, name));
    const Tensor got = Interpreter(graph).forward(state, images, {});
    EXPECT_LE((got - wanted).abs().max().item<double>(), 1e-5 * wanted.std().item<double>())
        << name;
  }
}

}  // namespace
}  // namespace nnstretch::train

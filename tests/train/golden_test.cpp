// Training, step by step, against what the original software logged of the same steps.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "train/learner.h"
#include "train/schedule.h"
#include "train/tiny.h"

namespace nnstretch::train {
namespace {

using nlohmann::json;
using testing::TinyNetwork;

void expect_close(double got, double wanted, const std::string& what) {
  EXPECT_NEAR(got, wanted, 1e-4 * std::abs(wanted) + 1e-6) << what;
}

void expect_sums(const State& state, const json& wanted, const std::string& what) {
  EXPECT_EQ(state.size(), wanted.size()) << what;
  for (const Entry& entry : state.entries()) {
    const Tensor value = entry.value.detach().to(torch::kDouble);
    const json& sums = wanted.at(entry.name);
    expect_close(value.sum().item<double>(), sums[0], what + entry.name + " sum");
    expect_close((value * value).sum().item<double>(), sums[1], what + entry.name + " squares");
  }
}

void expect_gradients(const State& state, const json& norms, double relative) {
  for (const Entry& entry : state.entries()) {
    if (entry.kind != Kind::parameter) continue;
    const auto norm = entry.value.grad().to(torch::kDouble).norm().item<double>();
    const double wanted = norms.at(entry.name);
    EXPECT_NEAR(norm, wanted, relative * wanted + 1e-6) << entry.name;
  }
}

// Batches of an epoch's precise statistics, as the original counts them.
size_t precise_batches(const config::Config& config) {
  const int wanted = config.bn.num_samples_precise / config.train.batch_size;
  return static_cast<size_t>(std::min(wanted, testing::kTinySteps));
}

std::vector<std::unique_ptr<data::Batches>> lanes_of(std::vector<data::Batch> batches) {
  std::vector<std::unique_ptr<data::Batches>> lanes;
  lanes.push_back(std::make_unique<testing::FixedBatches>(std::move(batches)));
  return lanes;
}

class Golden : public ::testing::TestWithParam<std::string> {};

TEST_P(Golden, StepsEpochsAndAveragesAreThoseOfTheOriginal) {
  NNSTRETCH_NEEDS_SHARED();
  torch::set_num_threads(1);
  const TinyNetwork tiny(GetParam());
  const json log = testing::tiny_log(GetParam());
  Learner learner(tiny.config, tiny.graph, tiny.weights);
  const int size = tiny.config.train.im_size;
  const auto batches = testing::tiny_training_set(size);
  const auto test_set = lanes_of({testing::tiny_batch("test", 0, size)});
  size_t line = 1;
  for (int epoch = 0; epoch < testing::kTinyEpochs; ++epoch) {
    for (int i = 0; i < testing::kTinySteps; ++i) {
      const json& step = log.at(line++);
      const std::string what = "epoch " + std::to_string(epoch) + " step " + std::to_string(i);
      const StepScore score = learner.step({&batches[static_cast<size_t>(i)], 1}, epoch, i);
      expect_close(score.loss, step.at("loss"), what + " loss");
      expect_close(learning_rate(tiny.config, epoch), step.at("lr"), what + " rate");
      expect_close(score.top1_err, step.at("top1_err"), what + " top 1");
      expect_close(score.top5_err, step.at("top5_err"), what + " top 5");
      if (line == 2) expect_gradients(learner.model(), step.at("grad_norms_first_step"), 1e-4);
    }
    if (tiny.config.bn.use_precise_stats)
      for (const State* state : {&learner.model(), &learner.average()})
        learner.precise_statistics(learner.network(), *state, lanes_of(batches), epoch,
                                   precise_batches(tiny.config));
    const json& end = log.at(line++);
    const std::string what = "end of epoch " + std::to_string(epoch) + ": ";
    expect_sums(learner.model(), end.at("state"), what);
    expect_sums(learner.average(), end.at("ema_state"), what + "average ");
    expect_close(learner.test(learner.network(), learner.model(), test_set).top1_err,
                 end.at("test_top1_err"), what);
    expect_close(learner.test(learner.network(), learner.average(), test_set).top1_err,
                 end.at("ema_top1_err"), what);
  }
}

TEST_P(Golden, ParametersAreCountedAsTheOriginalsOptimiserCountsThem) {
  NNSTRETCH_NEEDS_SHARED();
  const TinyNetwork tiny(GetParam());
  const json log = testing::tiny_log(GetParam());
  const State state = make_state(tiny.graph, tiny.weights);
  std::ifstream keys(testing::shared_folder() / "golden/tiny" / GetParam() / "state_keys.txt");
  std::string name, rest;
  for (const Entry& entry : state.entries()) {
    ASSERT_TRUE(keys >> name && std::getline(keys, rest));
    EXPECT_EQ(entry.name, name);
  }
  const auto groups = parameter_groups(state, tiny.config);
  const json& wanted = log.at(0).at("param_groups");
  ASSERT_EQ(groups.size(), wanted.size());
  for (size_t i = 0; i < groups.size(); ++i) {
    EXPECT_EQ(groups[i].parameters.size(), wanted[i].at("n").get<size_t>());
    EXPECT_EQ(groups[i].weight_decay, wanted[i].at("weight_decay").get<double>());
  }
}

// Rounding grows with every step; the first one tells whether it is the same network.
TEST_P(Golden, OtherLayoutsAndThreadsTakeTheSameFirstStep) {
  NNSTRETCH_NEEDS_SHARED();
  const TinyNetwork tiny(GetParam());
  const json step = testing::tiny_log(GetParam()).at(1);
  const auto batch = testing::tiny_batch("train", 0, tiny.config.train.im_size);
  for (const Layout layout : {Layout::nchw, Layout::channels_last})
    for (const int threads : {1, 2}) {
      SCOPED_TRACE(std::to_string(threads) + (layout == Layout::nchw ? " NCHW" : " channels last"));
      torch::set_num_threads(threads);
      Learner learner(tiny.config, tiny.graph, tiny.weights, {.layout = layout, .ranks = {}});
      expect_close(learner.step({&batch, 1}, 0, 0).loss, step.at("loss"), "loss");
      expect_gradients(learner.model(), step.at("grad_norms_first_step"), 1e-4);
    }
  torch::set_num_threads(1);
}

INSTANTIATE_TEST_SUITE_P(Tiny, Golden, ::testing::Values("TINY-EN-CG", "TINY-R-CDG", "TINY-RX-CD"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace nnstretch::train

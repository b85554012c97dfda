// Our optimisers against five steps of torch.optim (optimizer_golden.py).
#include <gtest/gtest.h>
#include <torch/nn/utils/clip_grad.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "support/paths.h"
#include "train/optimizer.h"

namespace nnstretch::train {
namespace {

using nlohmann::json;

json golden() {
  std::ifstream file(testing::source_folder() / "tests/train/optimizer_golden.json");
  return json::parse(file);
}

Tensor tensor_of(const json& numbers, const json& shape) {
  return torch::tensor(numbers.get<std::vector<float>>())
      .view(shape.get<std::vector<int64_t>>())
      .clone();
}

class TorchOptim : public ::testing::TestWithParam<std::string> {};

config::Config config_of(const std::string& name) {
  config::Config config;
  const bool adam = name.starts_with("adam");
  config.optim.optimizer = adam ? name : "sgd";
  config.optim.nesterov = name == "nesterov";
  config.optim.momentum = name == "plain" ? 0 : 0.9;
  config.optim.dampening = name == "dampened" ? 0.5 : 0;
  config.optim.beta1 = 0.8;
  config.optim.beta2 = 0.99;
  config.optim.weight_decay = 0.1;
  config.bn.use_custom_weight_decay = config.optim.bias_use_custom_weight_decay = true;
  config.optim.bias_custom_weight_decay = 0.02;
  return config;
}

TEST_P(TorchOptim, TakesTheSameSteps) {
  const json wanted = golden();
  std::vector<Entry> entries;
  for (const auto& [name, shape] : wanted.at("shapes").items())
    entries.push_back({name, tensor_of(wanted.at("start").at(name), shape).requires_grad_(), {}});
  const State state(entries);
  Optimizer optimizer(config_of(GetParam()), state);
  for (size_t step = 0; step < wanted.at("rates").size(); ++step) {
    for (const Entry& entry : entries)
      entry.value.mutable_grad() = tensor_of(wanted.at("gradients")[step].at(entry.name),
                                             wanted.at("shapes").at(entry.name));
    optimizer.step(state, wanted.at("rates")[step]);
  }
  for (const Entry& entry : entries) {
    const Tensor after =
        tensor_of(wanted.at("after").at(GetParam()).at(entry.name), entry.value.sizes().vec());
    EXPECT_TRUE(entry.value.detach().allclose(after, 1e-6, 1e-7)) << entry.name << "\n"
                                                                  << entry.value << "\nnot\n"
                                                                  << after;
  }
}

INSTANTIATE_TEST_SUITE_P(All, TorchOptim,
                         ::testing::Values("sgd", "nesterov", "dampened", "plain", "adam", "adamw"),
                         [](const auto& info) { return info.param; });

State two_parameters() {
  return State({{"s1.b1.a.weight", torch::tensor({1.0f, -2.0f, 3.0f}).requires_grad_(), {}},
                {"head.fc.weight", torch::tensor({{4.0f, 5.0f}}).requires_grad_(), {}}});
}

TEST(Clipping, IsTorchs) {
  for (const double most : {0.5, 4.0, 100.0}) {
    const State ours = two_parameters(), theirs = two_parameters();
    for (const State* state : {&ours, &theirs}) {
      (*state)[0].mutable_grad() = torch::tensor({0.3f, -1.2f, 2.5f});
      (*state)[1].mutable_grad() = torch::tensor({{-3.0f, 0.1f}});
    }
    clip_gradients(ours, most);
    torch::nn::utils::clip_grad_norm_(theirs.tensors(Kind::parameter), most);
    for (size_t i = 0; i < ours.size(); ++i)
      EXPECT_TRUE(ours[i].grad().allclose(theirs[i].grad(), 1e-6, 0)) << most;
  }
}

TEST(Optimizer, MovesTheHeadAtARateOfItsOwn) {
  config::Config config;
  config.optim.momentum = config.optim.weight_decay = 0;
  config.optim.head_lr_mult = 10;
  const State state = two_parameters();
  const State before = state.clone();
  Optimizer optimizer(config, state);
  for (const Entry& entry : state.entries())
    entry.value.mutable_grad() = torch::ones_like(entry.value);
  optimizer.step(state, 0.01);
  EXPECT_TRUE((before[0] - state[0]).allclose(torch::full_like(before[0], 0.01), 1e-4));
  EXPECT_TRUE((before[1] - state[1]).allclose(torch::full_like(before[1], 0.1), 1e-4));
}

TEST(Optimizer, RefusesWhatItDoesNotKnow) {
  config::Config config;
  config.optim.optimizer = "lion";
  EXPECT_THROW(Optimizer(config, State()), ConfigError);
}

}  // namespace
}  // namespace nnstretch::train

#include "train/average.h"

#include "train/device.h"

namespace nnstretch::train {

void update_average(const State& average, const State& model, double share) {
  const torch::NoGradGuard no_grad;
  for (size_t i = 0; i < model.size(); ++i) {
    if (model.entries()[i].frozen) continue;
    const Tensor& kept = average[i];
    if (model.entries()[i].kind == Kind::counter) {
      const double value = static_cast<double>(kept.item<int64_t>()) * (1 - share) +
                           static_cast<double>(model[i].item<int64_t>()) * share;
      kept.fill_(static_cast<int64_t>(value));
    } else {
      kept.copy_(kept * (1 - share) + model[i] * share);
    }
  }
}

std::vector<Tensor> sum_statistics(const Interpreter& network, const State& state,
                                   const Images& images) {
  const torch::NoGradGuard no_grad;
  const std::vector<Tensor> statistics = state.tensors(Kind::statistic);
  std::vector<Tensor> sums;
  for (const Tensor& statistic : statistics) sums.push_back(torch::zeros_like(statistic));
  sums.push_back(torch::zeros({}, device()));
  while (auto batch = images()) {
    network.forward(state, *std::move(batch), {.training = true, .momentum = 1});
    for (size_t i = 0; i < statistics.size(); ++i) sums[i].add_(statistics[i]);
    sums.back().add_(1);
  }
  return sums;
}

void set_statistics(const State& state, const std::vector<Tensor>& sums) {
  const torch::NoGradGuard no_grad;
  if (sums.back().item<float>() == 0) return;
  const std::vector<Tensor> statistics = state.tensors(Kind::statistic);
  for (size_t i = 0; i < statistics.size(); ++i) statistics[i].copy_(sums[i] / sums.back());
}

}  // namespace nnstretch::train

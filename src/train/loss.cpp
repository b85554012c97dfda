#include "train/loss.h"

#include <algorithm>
#include <cstdint>

namespace nnstretch::train {

Tensor soft_targets(const Tensor& labels, int64_t classes, double smoothing) {
  const double off = smoothing / static_cast<double>(classes), on = 1 - smoothing + off;
  const auto options = torch::TensorOptions().dtype(torch::kFloat).device(labels.device());
  return torch::full({labels.size(0), classes}, off, options).scatter_(1, labels.unsqueeze(1), on);
}

Tensor soft_cross_entropy(const Tensor& logits, const Tensor& targets) {
  return torch::sum(-targets * torch::log_softmax(logits, -1)) /
         static_cast<double>(logits.size(0));
}

Tensor imitation_loss(const Tensor& logits, const Tensor& teacher_logits, double temperature) {
  const double t = temperature;
  return t * t * soft_cross_entropy(logits / t, torch::softmax(teacher_logits / t, -1));
}

Tensor distillation_loss(const Tensor& logits, const Tensor& targets, const Tensor& teacher_logits,
                         const Distillation& how) {
  return (1 - how.weight) * soft_cross_entropy(logits, targets) +
         how.weight * imitation_loss(logits, teacher_logits, how.temperature);
}

double top_error(const Tensor& logits, const Tensor& labels, int64_t k) {
  const torch::NoGradGuard no_grad;
  const Tensor best = std::get<1>(logits.topk(std::min(k, logits.size(1)), 1));
  const auto right = best.eq(labels.unsqueeze(1)).sum().item<int64_t>();
  return 100.0 * (1.0 - static_cast<double>(right) / static_cast<double>(labels.size(0)));
}

}  // namespace nnstretch::train

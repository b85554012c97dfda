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
  const Tensor column = labels.unsqueeze(1), own = logits.gather(1, column);
  const Tensor classes = torch::arange(logits.size(1), labels.options()).unsqueeze(0);
  // topk leaves the order of equal logits open.
  const Tensor before = logits.gt(own).logical_or(logits.eq(own).logical_and(classes.lt(column)));
  const Tensor right = before.sum(1).lt(k).logical_and(own.squeeze(1).isnan().logical_not());
  return 100.0 * (1.0 - right.sum().item<double>() / static_cast<double>(labels.size(0)));
}

}  // namespace nnstretch::train

// What a network is trained to make small, and how wrong its answers are.
#pragma once
#include <cstdint>

#include "train/torch.h"

namespace nnstretch::train {

// Labels (N) as distributions over the classes (N,C): 1 - smoothing on the label, and smoothing
// spread over all of them.
Tensor soft_targets(const Tensor& labels, int64_t classes, double smoothing);

// Mean over the batch of -sum(targets * log softmax(logits)).
Tensor soft_cross_entropy(const Tensor& logits, const Tensor& targets);

// How a student learns from its teacher's answers as well as from the labels.
struct Distillation {
  double temperature = 1;  // > 1 shows more of what the teacher thinks of the other classes
  double weight = 0.5;     // of the teacher; the labels have the rest
};
// T^2 * cross entropy between the softmax of both networks' logits / T. T^2 keeps the size of the
// gradient.
Tensor imitation_loss(const Tensor& logits, const Tensor& teacher_logits, double temperature);
// (1 - weight) * soft_cross_entropy(logits, targets) + weight * imitation_loss.
Tensor distillation_loss(const Tensor& logits, const Tensor& targets, const Tensor& teacher_logits,
                         const Distillation& how);

// Percent of the batch whose label is not among the first k of base/top.h, or has a logit of NaN.
double top_error(const Tensor& logits, const Tensor& labels, int64_t k);

}  // namespace nnstretch::train

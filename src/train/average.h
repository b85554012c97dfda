// The moving average of a network's numbers, and batch norm statistics over many batches.
#pragma once
#include <functional>
#include <optional>

#include "train/interpreter.h"

namespace nnstretch::train {

// average = (1 - share) * average + share * model, running statistics too; counters are cut to
// integers.
void update_average(const State& average, const State& model, double share);

// The next images (N,3,H,W), none after the last.
using Images = std::function<std::optional<Tensor>()>;
// What batch norms see, without what they saw before: for every running mean and variance the sum
// over the batches, and last the number of batches. Leaves the statistics of the last batch behind.
std::vector<Tensor> sum_statistics(const Interpreter& network, const State& state,
                                   const Images& images);
// Takes the means of such sums as statistics. Of no batches: nothing changes.
void set_statistics(const State& state, const std::vector<Tensor>& sums);

}  // namespace nnstretch::train

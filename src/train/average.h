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
// Adds up over all ranks, in place; empty: there is one rank.
using Reduce = std::function<void(std::vector<Tensor>&)>;

// Replaces every running mean by the mean of the batches' means and every running variance by the
// mean of their variances: what batch norms see, without what they saw before. Other numbers stay.
// No images: nothing changes.
void precise_statistics(const Interpreter& network, const State& state, const Images& images,
                        const Reduce& sum_over_ranks = {});

}  // namespace nnstretch::train

// Weights that a training starts from, as pycls draws them.
#pragma once
#include "config/config.h"
#include "ir/graph.h"

namespace nnstretch::train {

// Convolutions normal with variance 2 / (outputs a pixel reaches), linear layers normal with
// deviation 0.01, batch norms 1 and 0; with BN.ZERO_INIT_FINAL_GAMMA the last batch norm of a
// residual block 0. Biases are 0, those of convolutions (squeeze-and-excitation) uniform within
// 1 / sqrt(inputs of an output), which is PyTorch's default. Every tensor follows from RNG_SEED and
// its name alone.
ir::WeightStore initial_weights(const ir::Graph& graph, const config::Config& config);

}  // namespace nnstretch::train

// After: no batch norm stands behind a convolution that only it reads; its scale is in the weights,
// its shift in the bias. Before: weights are loaded. Runs ahead of calibration, or ranges would be
// taken of a network nobody runs.
#pragma once
#include "ir/graph.h"

namespace nnstretch::ir {

// The folded node has the batch norm's name. Computed in double, rounded once to float32.
[[nodiscard]] Model fold_batch_norm(const Model& model);

}  // namespace nnstretch::ir

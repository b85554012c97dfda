// What the trainer uses of libtorch: tensors and autograd. Its torch/torch.h would bring networks,
// optimisers and loaders of its own, and take much longer to compile.
#pragma once
#include <torch/types.h>
#include <torch/utils.h>

namespace nnstretch::train {

using torch::Tensor;

}  // namespace nnstretch::train

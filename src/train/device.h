// Where libtorch computes: on a GPU if it was built for CUDA and one is there
// ($CUDA_VISIBLE_DEVICES hides them), else on the CPU. One place for the whole process.
#pragma once
#include "train/torch.h"

namespace nnstretch::train {

torch::Device device();
// Of several GPUs, which; to be said before the first tensor is made. Ranks of one computer share
// out its GPUs.
void choose_gpu(int local_rank);

// While it lives, a GPU computes convolutions and dense layers in bfloat16, whose range is that of
// float: losses need no scaling. Nothing on a CPU.
class MixedPrecision {
 public:
  explicit MixedPrecision(bool wanted);
  ~MixedPrecision();
  MixedPrecision(const MixedPrecision&) = delete;
  MixedPrecision& operator=(const MixedPrecision&) = delete;

 private:
  bool on_;
};

}  // namespace nnstretch::train

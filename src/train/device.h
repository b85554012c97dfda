// Where libtorch computes: on a GPU if it was built for CUDA and one is there
// ($CUDA_VISIBLE_DEVICES hides them), else on the CPU. One place for the whole process.
#pragma once
#include "train/torch.h"

namespace nnstretch::train {

torch::Device device();
// Of several GPUs, which; to be said before the first tensor is made. Ranks of one computer share
// out its GPUs.
void choose_gpu(int local_rank);

// Whether the device multiplies bfloat16 faster than float: GPUs, x86 with AVX512_BF16.
bool has_bfloat16();

// While it lives, convolutions and dense layers are computed in bfloat16, whose range is that of
// float: losses need no scaling. Nothing where has_bfloat16() is false.
class MixedPrecision {
 public:
  explicit MixedPrecision(bool wanted);
  ~MixedPrecision();
  MixedPrecision(const MixedPrecision&) = delete;
  MixedPrecision& operator=(const MixedPrecision&) = delete;

 private:
  static void switch_to(bool on);
  bool on_;
};

}  // namespace nnstretch::train

#include "train/device.h"

#include <ATen/autocast_mode.h>
#include <torch/cuda.h>

namespace nnstretch::train {
namespace {

int gpu = 0;

}  // namespace

torch::Device device() {
  static const bool has_gpu = torch::cuda::is_available();
  return has_gpu ? torch::Device(torch::kCUDA, static_cast<c10::DeviceIndex>(gpu))
                 : torch::Device(torch::kCPU);
}

void choose_gpu(int local_rank) {
  if (torch::cuda::is_available()) gpu = local_rank % static_cast<int>(torch::cuda::device_count());
}

MixedPrecision::MixedPrecision(bool wanted) : on_(wanted && device().is_cuda()) {
  if (!on_) return;
  at::autocast::set_autocast_gpu_dtype(torch::kBFloat16);
  at::autocast::set_enabled(true);
}

MixedPrecision::~MixedPrecision() {
  if (!on_) return;
  at::autocast::clear_cache();
  at::autocast::set_enabled(false);
}

}  // namespace nnstretch::train

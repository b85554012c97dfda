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

bool has_bfloat16() {
#if defined(__x86_64__)
  static const bool cpu = __builtin_cpu_supports("avx512bf16");
#else
  static const bool cpu = false;
#endif
  return device().is_cuda() || cpu;
}

MixedPrecision::MixedPrecision(bool wanted) : on_(wanted && has_bfloat16()) {
  if (!on_) return;
  at::autocast::set_autocast_gpu_dtype(torch::kBFloat16);
  at::autocast::set_autocast_cpu_dtype(torch::kBFloat16);
  switch_to(true);
}

MixedPrecision::~MixedPrecision() {
  if (!on_) return;
  at::autocast::clear_cache();
  switch_to(false);
}

void MixedPrecision::switch_to(bool on) {
  if (device().is_cuda())
    at::autocast::set_enabled(on);
  else
    at::autocast::set_cpu_enabled(on);
}

}  // namespace nnstretch::train

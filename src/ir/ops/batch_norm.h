// Batch normalisation with fixed statistics: scale * (x - mean) / sqrt(variance + eps) + shift.
#pragma once
#include "ir/ops/kernel.h"

namespace nnstretch::ir {

// Weights: weight, bias, running_mean, running_var, each (channels). Float graphs only: it is
// folded into the convolution before quantisation.
struct BatchNorm {
  float eps = 1e-5f;

  static constexpr std::string_view kName = "batch_norm";
  void fields(auto&& f) { f("eps", eps); }
};

Shape infer(const BatchNorm& op, std::span<const Shape> in);
std::vector<Shape> weight_shapes(const BatchNorm& op, std::span<const Shape> in);
Cost cost(const BatchNorm& op, std::span<const Shape> in, const Shape& out);
void reference(const BatchNorm& op, std::span<const View> in, std::span<const View> weights,
               MutView out);

}  // namespace nnstretch::ir

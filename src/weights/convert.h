// Element types that a network does not compute in, as f32.
#pragma once
#include "ir/weight_store.h"

namespace nnstretch::weights {

// True for f32, f64, f16 and bf16.
bool is_real(DType type);
// A real tensor as f32: itself if it is, else converted (f64 is rounded, the others are exact).
ir::Tensor to_f32(const ir::Tensor& tensor);

}  // namespace nnstretch::weights

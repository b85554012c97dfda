// Distances in memory.
#pragma once
#include "ir/ops/kernel.h"

namespace nnstretch::ir {

// Bytes of one slice of dimensions `axis` and later: what one step of dimension axis - 1 skips.
inline int64_t bytes_from(int axis, const TensorType& type) {
  auto bytes = static_cast<int64_t>(size_of(type.dtype));
  for (size_t i = static_cast<size_t>(axis); i < type.shape.size(); ++i) bytes *= type.shape[i];
  return bytes;
}

}  // namespace nnstretch::ir

// Tensors as torch stores them: a view of a storage with an offset and strides.
#pragma once
#include <span>

#include "ir/weight_store.h"
#include "weights/pickle.h"

namespace nnstretch::weights {

// The elements of a view in row-major order. `budget` is what may still be copied, in bytes; it is
// reduced. FormatError if a size or stride is negative, an element lies outside the storage, or the
// budget is spent.
ir::Tensor gather(const pickle::TensorView& view, std::span<const std::byte> storage,
                  size_t& budget);

}  // namespace nnstretch::weights

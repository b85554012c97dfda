// Which numbers a network can compute with.
#pragma once
#include <optional>
#include <string>

#include "ir/weight_store.h"

namespace nnstretch::ir {

// True for positive, normal numbers of which a float holds 256: engines flush smaller ones to zero,
// and they divide by scales.
bool is_scale(float scale);

// A number that is none, and where it stands: "element [0, 2, 1, 1]".
struct OddNumber {
  std::string place;
  double value;
};
// The first NaN or infinity of a tensor of f32 or f64; nothing for other types.
std::optional<OddNumber> not_finite(const Tensor& tensor);
// "element [0, 2, 1, 1]" of a flat index.
std::string place_of(size_t index, const Shape& shape);

}  // namespace nnstretch::ir

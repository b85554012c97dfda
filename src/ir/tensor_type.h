// What a tensor is: element type, shape, and for int8 the map to real numbers.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/dtype.h"

namespace nnstretch::ir {

// Activations are NHWC or (N, C); weights are as in PyTorch: (out, in/groups, kh, kw) or (out, in).
using Shape = std::vector<int64_t>;

// Elements of a shape; 1 for a scalar.
int64_t count(const Shape& shape);
// "1x56x56x64"
std::string to_string(const Shape& shape);

// real = scale * (stored - zero_point)
struct Quant {
  float scale = 1;
  int32_t zero_point = 0;
  bool operator==(const Quant&) const = default;
};

struct TensorType {
  DType dtype = DType::f32;
  Shape shape;
  std::optional<Quant> quant;  // set if and only if dtype is i8 or u8

  size_t bytes() const { return static_cast<size_t>(count(shape)) * size_of(dtype); }
  bool operator==(const TensorType&) const = default;
};

// "f32[1x56x56x64]" or "i8[1x56x56x64 scale 0.05 zero -128]"
std::string to_string(const TensorType& type);

}  // namespace nnstretch::ir

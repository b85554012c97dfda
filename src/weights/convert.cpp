#include "weights/convert.h"

#include <bit>
#include <cstring>

namespace nnstretch::weights {
namespace {

float from_f16(uint16_t half) {
  const uint32_t sign = (half & 0x8000u) << 16;
  const uint32_t exponent = (half >> 10) & 31, fraction = half & 0x3ffu;
  if (exponent == 0) {  // zero or subnormal: fraction * 2^-24
    const float value = static_cast<float>(fraction) * 0x1p-24f;
    return sign ? -value : value;
  }
  const uint32_t wide = exponent == 31 ? 255 : exponent + (127 - 15);
  return std::bit_cast<float>(sign | wide << 23 | fraction << 13);
}

float from_bf16(uint16_t half) { return std::bit_cast<float>(uint32_t{half} << 16); }
float from_f64(double value) { return static_cast<float>(value); }

template <class From>
ir::Tensor convert(const ir::Tensor& tensor, float (*one)(From)) {
  const std::vector<std::byte>& in = *tensor.bytes;
  const size_t count = in.size() / sizeof(From);
  auto out = std::make_shared<std::vector<std::byte>>(count * sizeof(float));
  for (size_t i = 0; i < count; ++i) {
    From value;
    std::memcpy(&value, in.data() + i * sizeof value, sizeof value);
    const float converted = one(value);
    std::memcpy(out->data() + i * sizeof converted, &converted, sizeof converted);
  }
  return {DType::f32, tensor.shape, std::move(out), {}};
}

}  // namespace

bool is_real(DType type) {
  return type == DType::f32 || type == DType::f64 || type == DType::f16 || type == DType::bf16;
}

ir::Tensor to_f32(const ir::Tensor& tensor) {
  switch (tensor.dtype) {
    case DType::f16:
      return convert<uint16_t>(tensor, from_f16);
    case DType::bf16:
      return convert<uint16_t>(tensor, from_bf16);
    case DType::f64:
      return convert<double>(tensor, from_f64);
    default:
      return tensor;
  }
}

}  // namespace nnstretch::weights

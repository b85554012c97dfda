// The integer arithmetic of int8 kernels, bit for bit as TF-Lite's reference kernels have it: a
// real factor is a 31-bit fraction and a power of two, and a product is rounded twice.
//     const Multiplier scale = quantize_multiplier(0.00123);
//     int8_t y = narrow(scale.apply(sum), zero_point, stored_range(Act::relu, quant));
#pragma once
#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "ir/ops/kernel.h"

namespace nnstretch::ir {

// round(a * b / 2^31), halves upwards; the one product that does not fit saturates.
inline int32_t doubling_high_product(int32_t a, int32_t b) {
  if (a == b && a == std::numeric_limits<int32_t>::min())
    return std::numeric_limits<int32_t>::max();
  const int64_t product = static_cast<int64_t>(a) * b;
  const int64_t nudge = product >= 0 ? (1 << 30) : 1 - (1 << 30);
  return static_cast<int32_t>((product + nudge) / (int64_t{1} << 31));
}

// The same for 16 bits: round(a * b / 2^15).
inline int16_t doubling_high_product(int16_t a, int16_t b) {
  if (a == b && a == std::numeric_limits<int16_t>::min())
    return std::numeric_limits<int16_t>::max();
  const int32_t product = static_cast<int32_t>(a) * b;
  const int32_t nudge = product >= 0 ? (1 << 14) : 1 - (1 << 14);
  return static_cast<int16_t>((product + nudge) / (1 << 15));
}

// round(x / 2^exponent), halves away from zero; 0 <= exponent <= 31.
inline int32_t rounding_shift_right(int32_t x, int exponent) {
  const int64_t mask = (int64_t{1} << exponent) - 1;
  const int64_t remainder = x & mask;
  const int64_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return static_cast<int32_t>((x >> std::min(exponent, 31)) + (remainder > threshold ? 1 : 0));
}

// A real factor: value * 2^(shift - 31), value in [2^30, 2^31).
struct Multiplier {
  int32_t value = 0;
  int shift = 0;

  // round(round(x * 2^max(shift,0) * value / 2^31) / 2^max(-shift,0)). The shift to the left wraps.
  int32_t apply(int32_t x) const {
    const int left = std::max(shift, 0), right = std::max(-shift, 0);
    const auto shifted = static_cast<int32_t>(static_cast<uint32_t>(x) << left);
    return rounding_shift_right(doubling_high_product(shifted, value), right);
  }
  bool operator==(const Multiplier&) const = default;
};

// The nearest Multiplier; 0 for a factor below 2^-32. ShapeError unless 0 <= factor < 2^30.
Multiplier quantize_multiplier(double factor);

// What turns the 32-bit sums of output channel c into steps of the output: s_in * s_w[c] / s_out.
// One weight scale for all channels is allowed; ShapeError if there are neither 1 nor `channels`.
std::vector<Multiplier> channel_multipliers(const Quant& in, std::span<const float> weight_scales,
                                            const Quant& out, int64_t channels);

// Stored values an operator may write: int8, cut to what its activation can give.
struct StoredRange {
  int32_t min = -128, max = 127;
};
// For the activations that int8 graphs fuse: none, relu and relu6; ShapeError for others.
StoredRange stored_range(Act act, const Quant& quant);

// Stored value of `steps` above the zero point.
inline int8_t narrow(int32_t steps, int32_t zero_point, const StoredRange& range = {}) {
  const int64_t value = int64_t{steps} + zero_point;
  return static_cast<int8_t>(std::clamp<int64_t>(value, range.min, range.max));
}
// The same for any stored type, within all it can hold.
template <class T>
T narrow(int32_t steps, int32_t zero_point) {
  using Limits = std::numeric_limits<T>;
  return static_cast<T>(
      std::clamp<int64_t>(int64_t{steps} + zero_point, Limits::min(), Limits::max()));
}

}  // namespace nnstretch::ir

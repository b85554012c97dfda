#include "ir/stored_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/error.h"

namespace nnstretch::ir {
namespace {

// The 16-bit floats: sign, exponent and what is left of the fraction.
struct Half {
  uint16_t bits;
  static Half from(float value);
  explicit operator float() const;
};
struct Brain {  // bfloat16: the upper half of a float
  uint16_t bits;
  static Brain from(float value);
  explicit operator float() const { return std::bit_cast<float>(uint32_t{bits} << 16); }
};
struct Boolean {
  uint8_t bits;
  static Boolean from(float value) { return {static_cast<uint8_t>(value != 0)}; }
  explicit operator float() const { return bits != 0 ? 1.0f : 0.0f; }
};

Half::operator float() const {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const float sign = bits >> 15 ? -1.0f : 1.0f;
  if (exponent == 31)
    return fraction ? std::numeric_limits<float>::quiet_NaN()
                    : sign * std::numeric_limits<float>::infinity();
  if (exponent == 0) return sign * std::ldexp(static_cast<float>(fraction), -24);
  return sign * std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
}

Half Half::from(float value) {
  const auto sign = static_cast<uint16_t>(std::signbit(value) ? 0x8000 : 0);
  if (std::isnan(value)) return {static_cast<uint16_t>(sign | 0x7e00)};
  const float size = std::fabs(value);
  if (size >= 65520) return {static_cast<uint16_t>(sign | 0x7c00)};  // rounds to beyond 65504
  const int exponent = size < 0x1p-14f ? -14 : std::ilogb(size);
  // Steps of this exponent, 1024 to 2048 of them (fewer below the smallest exponent); 2048 carries.
  const auto steps = static_cast<int>(std::nearbyint(std::ldexp(size, 10 - exponent)));
  return {static_cast<uint16_t>(sign | (((exponent + 14) << 10) + steps))};
}

Brain Brain::from(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  if (std::isnan(value)) return {static_cast<uint16_t>(bits >> 16 | 0x40)};
  return {static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16)};  // halves to even
}

// Calls use(T{}) with the type of the elements.
template <class Use>
auto with_type(DType type, Use use) {
  switch (type) {
    case DType::f32:
      return use(float{});
    case DType::f64:
      return use(double{});
    case DType::f16:
      return use(Half{});
    case DType::bf16:
      return use(Brain{});
    case DType::i8:
      return use(int8_t{});
    case DType::u8:
      return use(uint8_t{});
    case DType::i16:
      return use(int16_t{});
    case DType::i32:
      return use(int32_t{});
    case DType::i64:
      return use(int64_t{});
    case DType::boolean:
      return use(Boolean{});
  }
  throw FormatError({.what = "an element type that does not exist"});
}

// What one element's scale is; scale 1 and zero point 0 where there is none.
struct Step {
  float scale = 1;
  int64_t zero_point = 0;
};
class Steps {
 public:
  explicit Steps(const Scales& scales) : scales_(scales) {
    if (!scales.scales.empty()) first_ = of_channel(0);
  }
  Step of(size_t element) const {
    if (scales_.scales.size() < 2) return first_;
    return of_channel(element / scales_.inner % scales_.scales.size());
  }

 private:
  Step of_channel(size_t i) const {
    return {scales_.scales[i], scales_.zero_points.empty() ? 0 : scales_.zero_points[i]};
  }
  const Scales& scales_;
  Step first_;
};

template <class T>
float real_of(T stored, const Step& step) {
  if constexpr (std::is_integral_v<T>) {
    if (step.scale == 1 && step.zero_point == 0) return static_cast<float>(stored);
    const double steps = static_cast<double>(stored) - static_cast<double>(step.zero_point);
    return static_cast<float>(double{step.scale} * steps);
  } else {
    return static_cast<float>(stored);
  }
}

template <class T>
T stored_of(float real, const Step& step) {
  if constexpr (std::is_integral_v<T>) {
    using Limits = std::numeric_limits<T>;
    const double stored =
        double{std::round(real / step.scale)} + static_cast<double>(step.zero_point);
    // 2^63 is a double and no int64: the comparison comes before the cast.
    if (stored >= static_cast<double>(Limits::max())) return Limits::max();
    if (stored <= static_cast<double>(Limits::min())) return Limits::min();
    return static_cast<T>(stored);
  } else if constexpr (std::is_floating_point_v<T>) {
    return real;
  } else {
    return T::from(real);
  }
}

void refuse_nan(std::span<const float> values, DType type) {
  if (const auto nan = first_nan(values))
    throw FormatError({.what = fmt::format("value {} is NaN, and nothing of {} stands for that",
                                           *nan, name_of(type))});
}

// Calls each(place in NHWC, place in NCHW) for every element of a tensor of four dimensions.
void for_each_element(const Shape& nhwc, const auto& each) {
  const auto pixels = static_cast<size_t>(nhwc[1] * nhwc[2]),
             channels = static_cast<size_t>(nhwc[3]);
  for (size_t n = 0, at = 0; n < static_cast<size_t>(nhwc[0]); ++n)
    for (size_t pixel = 0; pixel < pixels; ++pixel)
      for (size_t c = 0; c < channels; ++c, ++at) each(at, (n * channels + c) * pixels + pixel);
}

}  // namespace

Scales scales_of(const TensorType& type) {
  if (!type.quant) return {};
  return {.scales = {type.quant->scale}, .zero_points = {type.quant->zero_point}};
}

Scales scales_of(const Tensor& tensor) {
  if (tensor.scales.empty()) return {};
  const auto size = static_cast<size_t>(count(tensor.shape));
  return {.scales = tensor.scales,
          .zero_points = std::vector<int64_t>(tensor.scales.size(), tensor.zero_point),
          .inner = std::max<size_t>(1, size / tensor.scales.size())};
}

std::vector<float> to_floats(std::span<const std::byte> bytes, DType type, const Scales& scales) {
  if (bytes.size() % size_of(type))
    throw FormatError({.what = fmt::format("{} bytes are no whole number of elements of {}",
                                           bytes.size(), name_of(type))});
  std::vector<float> values(bytes.size() / size_of(type));
  const Steps steps(scales);
  with_type(type, [&](auto element) {
    const std::byte* at = bytes.data();  // may lie anywhere
    for (size_t i = 0; i < values.size(); ++i, at += sizeof element) {
      std::memcpy(&element, at, sizeof element);
      values[i] = real_of(element, steps.of(i));
    }
  });
  return values;
}

std::vector<float> to_floats(std::span<const std::byte> bytes, const TensorType& type) {
  return to_floats(bytes, type.dtype, scales_of(type));
}

std::vector<float> to_floats(const Tensor& tensor) {
  return to_floats(*tensor.bytes, tensor.dtype, scales_of(tensor));
}

std::vector<std::byte> from_floats(std::span<const float> values, DType type,
                                   const Scales& scales) {
  std::vector<std::byte> bytes(values.size() * size_of(type));
  const Steps steps(scales);
  with_type(type, [&](auto element) {
    using T = decltype(element);
    if constexpr (std::is_integral_v<T> || std::is_same_v<T, Boolean>) refuse_nan(values, type);
    std::byte* at = bytes.data();
    for (size_t i = 0; i < values.size(); ++i, at += sizeof element) {
      element = stored_of<T>(values[i], steps.of(i));
      std::memcpy(at, &element, sizeof element);
    }
  });
  return bytes;
}

std::vector<std::byte> from_floats(std::span<const float> values, const TensorType& type) {
  return from_floats(values, type.dtype, scales_of(type));
}

Reach reach(const TensorType& type) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  Reach all{-kInfinity, kInfinity};
  if (!type.quant) return all;
  with_type(type.dtype, [&](auto element) {
    using T = decltype(element);
    if constexpr (std::is_integral_v<T>) {
      const auto real = [&](double stored) {
        return static_cast<float>(type.quant->scale * (stored - type.quant->zero_point));
      };
      all = {real(static_cast<double>(std::numeric_limits<T>::min()) - 0.5),
             real(static_cast<double>(std::numeric_limits<T>::max()) + 0.5)};
    }
  });
  return all;
}

size_t count_beyond(std::span<const float> values, const Reach& reach) {
  return static_cast<size_t>(std::count_if(values.begin(), values.end(), [&](float value) {
    return value < reach.least || value > reach.most;
  }));
}

std::optional<size_t> first_nan(std::span<const float> values) {
  const auto found =
      std::find_if(values.begin(), values.end(), [](float value) { return std::isnan(value); });
  if (found == values.end()) return {};
  return static_cast<size_t>(found - values.begin());
}

std::vector<std::byte> nchw_from_nhwc(std::span<const std::byte> bytes, const Shape& nhwc,
                                      size_t element) {
  std::vector<std::byte> out(bytes.begin(), bytes.end());
  if (nhwc.size() == 4)
    for_each_element(nhwc, [&](size_t from, size_t to) {
      std::memcpy(out.data() + to * element, bytes.data() + from * element, element);
    });
  return out;
}

std::vector<std::byte> nhwc_from_nchw(std::span<const std::byte> bytes, const Shape& nhwc,
                                      size_t element) {
  std::vector<std::byte> out(bytes.begin(), bytes.end());
  if (nhwc.size() == 4)
    for_each_element(nhwc, [&](size_t to, size_t from) {
      std::memcpy(out.data() + to * element, bytes.data() + from * element, element);
    });
  return out;
}

}  // namespace nnstretch::ir

// Real numbers and stored ones: both ends of every type, one scale and one a channel, NaN and
// infinity; against numbers by hand, bit patterns and the reference kernels.
#include "ir/stored_values.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "base/error.h"
#include "ir/ops/op.h"

namespace nnstretch::ir {
namespace {

using Bytes = std::vector<std::byte>;
using Floats = std::vector<float>;
constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

template <class T>
Bytes stored(const std::vector<T>& values) {
  Bytes bytes(values.size() * sizeof(T));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

TensorType quantised(DType type, float scale, int32_t zero_point) {
  return {.dtype = type, .shape = {3}, .quant = Quant{scale, zero_point}};
}

// What stands at the ends of a type and one step inside, by the formula of the format.
template <class T>
void expect_ends(DType type, const Quant& quant) {
  SCOPED_TRACE(std::string(name_of(type)) + " zero " + std::to_string(quant.zero_point));
  const T least = std::numeric_limits<T>::min(), most = std::numeric_limits<T>::max();
  const TensorType tensor = quantised(type, quant.scale, quant.zero_point);
  const auto real = [&](double steps) {
    return static_cast<float>(double{quant.scale} * (steps - quant.zero_point));
  };
  const Bytes ends = stored(std::vector<T>{least, 0, most});
  const Floats numbers = {real(static_cast<double>(least)), real(0),
                          real(static_cast<double>(most))};
  EXPECT_EQ(to_floats(ends, tensor), numbers);
  if constexpr (sizeof(T) <= 2) {  // exact in float
    EXPECT_EQ(from_floats(numbers, tensor), ends);
  }
  const Bytes beyond = from_floats(Floats{-kInfinity, -1e30f, 1e30f, kInfinity}, tensor);
  EXPECT_EQ(beyond, stored(std::vector<T>{least, least, most, most}));
  EXPECT_THROW(from_floats(Floats{0, kNan}, tensor), FormatError);
  EXPECT_EQ(count_beyond(Floats{numbers[0], numbers[2], -1e30f, 1e30f}, reach(tensor)), 2u);
}

TEST(StoredValues, HaveTheRangeOfTheirOwnType) {
  for (const int zero : {-128, -7, 0, 127}) expect_ends<int8_t>(DType::i8, {0.25f, zero});
  for (const int zero : {0, 3, 128, 255}) expect_ends<uint8_t>(DType::u8, {0.25f, zero});
  for (const int zero : {-32768, 0, 32767}) expect_ends<int16_t>(DType::i16, {0.25f, zero});
  expect_ends<int32_t>(DType::i32, {0.5f, 0});
  expect_ends<int64_t>(DType::i64, {0.5f, 0});
}

TEST(StoredValues, AreRoundedHalvesAwayFromZero) {
  const TensorType type = quantised(DType::u8, 2, 10);
  EXPECT_EQ(from_floats(Floats{1, -1, 3, -3, 0.9f, -0.9f}, type),
            stored(std::vector<uint8_t>{11, 9, 12, 8, 10, 10}));
  // Half a step beyond the last is rounded to it, more is lost.
  const Reach ends = reach(type);
  EXPECT_EQ(ends.least, -21);
  EXPECT_EQ(ends.most, 491);
}

TEST(StoredValues, OfIntegersWithoutAScaleAreThemselves) {
  EXPECT_EQ(to_floats(stored(std::vector<int32_t>{-5, 1 << 20}), DType::i32, {}),
            (Floats{-5, 1 << 20}));
  EXPECT_EQ(from_floats(Floats{-5.4f, 1e30f}, DType::i32, {}),
            stored(std::vector<int32_t>{-5, std::numeric_limits<int32_t>::max()}));
  EXPECT_EQ(to_floats(stored(std::vector<uint8_t>{0, 1, 7}), DType::boolean, {}),
            (Floats{0, 1, 1}));
  EXPECT_EQ(from_floats(Floats{0, -2, 0.5f}, DType::boolean, {}),
            stored(std::vector<uint8_t>{0, 1, 1}));
  EXPECT_THROW(from_floats(Floats{kNan}, DType::boolean, {}), FormatError);
}

TEST(StoredValues, OfFloatsKeepNanAndInfinity) {
  const Floats values = {1.5f, -kInfinity, kNan, std::numeric_limits<float>::max()};
  for (const DType type : {DType::f32, DType::f64, DType::f16, DType::bf16}) {
    SCOPED_TRACE(name_of(type));
    const Floats back = to_floats(from_floats(values, type, {}), type, {});
    EXPECT_EQ(back[0], 1.5f);
    EXPECT_EQ(back[1], -kInfinity);
    EXPECT_TRUE(std::isnan(back[2]));
    EXPECT_EQ(back[3], size_of(type) >= 4 ? values[3] : kInfinity);
    EXPECT_EQ(count_beyond(values, reach({.dtype = type, .shape = {4}, .quant = {}})), 0u);
  }
  EXPECT_EQ(to_floats(stored(std::vector<double>{1e300, 0.1}), DType::f64, {}),
            (Floats{kInfinity, 0.1f}));
}

// By hand, from the format: 5 bits of exponent above 15, 10 of fraction.
TEST(StoredValues, OfSixteenBitsAreTheNearest) {
  const Floats values = {1,        -2,       65504,      65519,        65520,
                         0x1p-24f, 0x1p-25f, 0x1.8p-25f, 1 + 0x1p-11f, 1 + 0x1.8p-10f};
  EXPECT_EQ(from_floats(values, DType::f16, {}),
            stored(std::vector<uint16_t>{0x3c00, 0xc000, 0x7bff, 0x7bff, 0x7c00, 0x0001, 0x0000,
                                         0x0001, 0x3c00, 0x3c02}));
  EXPECT_EQ(from_floats(Floats{1, 1 + 0x1p-8f, 1 + 0x1.8p-7f, -0x1p-133f}, DType::bf16, {}),
            stored(std::vector<uint16_t>{0x3f80, 0x3f80, 0x3f82, 0x8001}));
  for (const DType type : {DType::f16, DType::bf16})  // every number of 16 bits is its own nearest
    for (uint32_t bits = 0; bits < 0x10000; ++bits) {
      const Bytes bytes = stored(std::vector<uint16_t>{static_cast<uint16_t>(bits)});
      const Floats real = to_floats(bytes, type, {});
      if (std::isnan(real[0])) continue;
      ASSERT_EQ(from_floats(real, type, {}), bytes) << bits;
    }
}

TEST(StoredValues, MayHaveAScaleAChannel) {
  // Two rows of channels whose elements lie side by side: 0.5 * (x - 1) and 4 * (x + 2).
  const Scales rows{.scales = {0.5f, 4}, .zero_points = {1, -2}, .inner = 3};
  const std::vector<int8_t> numbers = {-128, 1, 127, -128, -2, 127};
  const Floats real = {-64.5f, 0, 63, -504, 0, 516};
  EXPECT_EQ(to_floats(stored(numbers), DType::i8, rows), real);
  EXPECT_EQ(from_floats(real, DType::i8, rows), stored(numbers));
  // The last dimension: every second element; u8, without zero points.
  const Scales columns{.scales = {1, 0.25f}, .zero_points = {}, .inner = 1};
  EXPECT_EQ(to_floats(stored(std::vector<uint8_t>{0, 255, 255, 0}), DType::u8, columns),
            (Floats{0, 63.75f, 255, 0}));
  EXPECT_EQ(from_floats(Floats{-3, 1000, 300, 8}, DType::u8, columns),
            stored(std::vector<uint8_t>{0, 255, 255, 32}));
}

TEST(StoredValues, OfWeightsHaveAScaleASliceOfTheFirstDimension) {
  const std::vector<int8_t> kernel = {-127, 127, 1, -1};
  const Tensor tensor = make_tensor<int8_t>({2, 2}, kernel, {0.5f, 2});
  EXPECT_EQ(to_floats(tensor), (Floats{-63.5f, 63.5f, 2, -2}));
  Tensor shifted = make_tensor<int8_t>({4}, kernel, {0.5f});
  shifted.zero_point = -127;
  EXPECT_EQ(to_floats(shifted), (Floats{0, 127, 64, 63}));
  EXPECT_EQ(to_floats(make_tensor<float>({2}, Floats{3, kInfinity})), (Floats{3, kInfinity}));
}

// The kernels of Quantize and Dequantize are written on their own.
TEST(StoredValues, AreThoseOfTheReferenceKernels) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> any(-40, 40);
  Floats values(500);
  for (float& value : values) value = any(random);
  for (const DType type : {DType::i8, DType::u8}) {
    const TensorType real{DType::f32, {500}, {}};
    TensorType whole = quantised(type, 0.13f, type == DType::u8 ? 200 : -90);
    whole.shape = {500};
    Bytes bytes(500);
    const auto view = [](const TensorType& t, const void* data) {
      return View{t, static_cast<const std::byte*>(data)};
    };
    const View in[] = {view(real, values.data())};
    reference(Quantize{type}, in, {}, MutView{whole, bytes.data()});
    EXPECT_EQ(from_floats(values, whole), bytes);
    Floats back(500);
    const View quantised_in[] = {view(whole, bytes.data())};
    reference(Dequantize{}, quantised_in, {},
              MutView{real, reinterpret_cast<std::byte*>(back.data())});
    EXPECT_EQ(to_floats(bytes, whole), back);
  }
}

TEST(StoredValues, ChangeTheirOrder) {
  const Shape nhwc = {1, 1, 2, 3};  // two pixels of three channels
  const Bytes pixels = stored(std::vector<uint8_t>{1, 2, 3, 4, 5, 6});
  const Bytes planes = stored(std::vector<uint8_t>{1, 4, 2, 5, 3, 6});
  EXPECT_EQ(nchw_from_nhwc(pixels, nhwc, 1), planes);
  EXPECT_EQ(nhwc_from_nchw(planes, nhwc, 1), pixels);
  EXPECT_EQ(nchw_from_nhwc(pixels, {2, 3}, 1), pixels);
}

TEST(StoredValues, RefuseHalfAnElement) {
  EXPECT_THROW(to_floats(Bytes(7), DType::f32, {}), FormatError);
  EXPECT_EQ(first_nan(Floats{1, kInfinity, kNan}), 2u);
  EXPECT_EQ(first_nan(Floats{1, kInfinity}), std::nullopt);
}

}  // namespace
}  // namespace nnstretch::ir

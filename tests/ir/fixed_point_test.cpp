// Integer arithmetic against the same in double, and at the ends of its range.
#include "ir/ops/fixed_point.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "support/samples.h"

namespace nnstretch::ir {
namespace {

using namespace nnstretch::testing;

constexpr int32_t kMin = std::numeric_limits<int32_t>::min();
constexpr int32_t kMax = std::numeric_limits<int32_t>::max();

TEST(RoundingShiftRight, RoundsHalvesAwayFromZero) {
  for (int32_t x = -70; x <= 70; ++x)
    for (int exponent = 0; exponent < 6; ++exponent)
      EXPECT_EQ(rounding_shift_right(x, exponent), std::round(std::ldexp(x, -exponent)))
          << x << " " << exponent;
  EXPECT_EQ(rounding_shift_right(kMin, 31), -1);
  EXPECT_EQ(rounding_shift_right(kMax, 31), 1);
  EXPECT_EQ(rounding_shift_right(kMax, 0), kMax);
}

TEST(DoublingHighProduct, IsTheRoundedProductAndSaturatesOnce) {
  Random random(base_seed());
  for (int i = 0; i < 1000; ++i) {
    const int32_t a = random.integer(kMin, kMax), b = random.integer(kMin, kMax);
    const long double exact = static_cast<long double>(a) * b / (int64_t{1} << 31);
    EXPECT_EQ(doubling_high_product(a, b), std::round(exact)) << a << " " << b;
  }
  EXPECT_EQ(doubling_high_product(kMin, kMin), kMax);
  EXPECT_EQ(doubling_high_product(int16_t{-32768}, int16_t{-32768}), 32767);
  EXPECT_EQ(doubling_high_product(int16_t{16384}, int16_t{-3}), -1);  // -1.5
  EXPECT_EQ(doubling_high_product(int16_t{16384}, int16_t{3}), 2);
}

TEST(Multiplier, IsTheFactorToThirtyBits) {
  Random random(base_seed());
  for (int i = 0; i < 1000; ++i) {
    const double factor = random.scale(1e-8f, 1e6f);
    const Multiplier multiplier = quantize_multiplier(factor);
    EXPECT_NEAR(std::ldexp(multiplier.value, multiplier.shift - 31) / factor, 1, 1e-9);
    EXPECT_GE(multiplier.value, 1 << 30);
  }
}

TEST(Multiplier, CarriesWhenTheFractionRoundsUpToOne) {
  EXPECT_EQ(quantize_multiplier(std::nextafter(1.0, 0.0)), (Multiplier{1 << 30, 1}));
  EXPECT_EQ(quantize_multiplier(1.0), (Multiplier{1 << 30, 1}));
  EXPECT_EQ(quantize_multiplier(0.5), (Multiplier{1 << 30, 0}));
}

TEST(Multiplier, IsZeroForNextToNothingAndRefusesWhatIsNoFactor) {
  EXPECT_EQ(quantize_multiplier(0), Multiplier{});
  EXPECT_EQ(quantize_multiplier(1e-12), Multiplier{});
  for (const double broken : {-1.0, 1e10, double(INFINITY), std::nan("")})
    EXPECT_THROW(quantize_multiplier(broken), ShapeError) << broken;
}

TEST(Multiplier, AppliesWithinOneOfTheExactProduct) {
  Random random(base_seed());
  for (int i = 0; i < 1000; ++i) {
    const double factor = random.scale(1e-6f, 100.0f);
    const int32_t x = random.integer(-1'000'000, 1'000'000);
    EXPECT_NEAR(quantize_multiplier(factor).apply(x), x * factor, 1) << x << " " << factor;
  }
}

TEST(StoredRange, CutsToWhatTheActivationGives) {
  const Quant quant{0.1f, -100};
  EXPECT_EQ(stored_range(Act::none, quant).min, -128);
  EXPECT_EQ(stored_range(Act::relu, quant).min, -100);
  EXPECT_EQ(stored_range(Act::relu, quant).max, 127);
  EXPECT_EQ(stored_range(Act::relu6, quant).max, -40);
  EXPECT_EQ(stored_range(Act::relu6, {1e-20f, 0}).max, 127);
  EXPECT_THROW(stored_range(Act::silu, quant), ShapeError);
}

TEST(Narrow, SaturatesWithoutOverflow) {
  EXPECT_EQ(narrow(kMax, 127), 127);
  EXPECT_EQ(narrow(kMin, -128), -128);
  EXPECT_EQ(narrow(5, -3), 2);
}

}  // namespace
}  // namespace nnstretch::ir

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "base/error.h"
#include "ir/text.h"
#include "weights/convert.h"
#include "weights/weights.h"

namespace nnstretch::weights {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

ir::Graph small_graph() {
  return ir::parse(
      "x = input f32 1x4x4x8; y = conv x out=16 window=1x1/1x1; z = batch_norm y; output z");
}

std::string refusal(const ir::Graph& graph, const ir::WeightStore& store) {
  try {
    select(graph, store, "net.pyth");
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was refused";
}

TEST(Match, NamesTheNumberThatIsNone) {
  const auto graph = small_graph();
  auto store = initialise(graph);
  std::vector<float> variances(16, 1);
  variances[3] = -2;
  store.set("z.running_var", ir::make_tensor<float>({16}, variances));
  EXPECT_THAT(refusal(graph, store),
              HasSubstr("net.pyth: z.running_var: element [3] is -2, no variance"));
}

TEST(Match, WeightsOfTheGraphFit) {
  const auto graph = small_graph();
  auto store = initialise(graph);
  store.set("z.num_batches_tracked", initial_value("z.num_batches_tracked", {}));
  EXPECT_TRUE(match(graph, store).fits());
  const auto chosen = select(graph, store, "net.pyth");
  EXPECT_EQ(chosen.size(), ir::weight_slots(graph).size()) << "exactly the graph's weights";
  EXPECT_EQ(*chosen.at("y.weight").bytes, *store.at("y.weight").bytes);
}

TEST(Match, ListsWhatIsMissingLeftOverMisshapenAndNoNumber) {
  const auto graph = small_graph();
  auto store = initialise(graph);
  store.erase("z.running_mean");
  store.set("head.fc.weight", initial_value("head.fc.weight", {10, 16}));
  store.set("y.weight", initial_value("y.weight", {16, 4, 1, 1}));
  store.set("z.bias", ir::make_tensor<int64_t>({16}, std::vector<int64_t>(16)));
  const Match found = match(graph, store);
  EXPECT_THAT(found.missing, ElementsAre("z.running_mean"));
  EXPECT_THAT(found.left_over, ElementsAre("head.fc.weight"));
  EXPECT_THAT(found.not_real, ElementsAre("z.bias"));
  ASSERT_EQ(found.misshapen.size(), 1u);
  EXPECT_EQ(found.misshapen[0].name, "y.weight");
  EXPECT_EQ(found.misshapen[0].found, (ir::Shape{16, 4, 1, 1}));
  EXPECT_EQ(found.misshapen[0].needed, (ir::Shape{16, 8, 1, 1}));
  EXPECT_THAT(refusal(graph, store), HasSubstr("1 missing (z.running_mean)"));
  EXPECT_THAT(refusal(graph, store), HasSubstr("y.weight 16x4x1x1 for 16x8x1x1"));
}

TEST(Match, LongListsAreCutShort) {
  auto store = initialise(small_graph());
  for (int i = 0; i < 300; ++i) store.set("extra." + std::to_string(i), store.at("z.bias"));
  const std::string message = refusal(small_graph(), store);
  EXPECT_THAT(message, HasSubstr("300 left over (extra.0, extra.1,"));
  EXPECT_LT(message.size(), 400u);
}

// f16 and bf16 hold every 16-bit pattern; the value of each follows from its fields alone.
double value_of_half(uint16_t bits, int exponent_bits) {
  const int fraction_bits = 15 - exponent_bits, bias = (1 << (exponent_bits - 1)) - 1;
  const int exponent = (bits >> fraction_bits) & ((1 << exponent_bits) - 1);
  const int fraction = bits & ((1 << fraction_bits) - 1);
  const double sign = bits >> 15 ? -1 : 1;
  if (exponent == (1 << exponent_bits) - 1) return fraction ? NAN : sign * INFINITY;
  if (exponent == 0) return sign * std::ldexp(fraction, 1 - bias - fraction_bits);
  return sign * std::ldexp(fraction + (1 << fraction_bits), exponent - bias - fraction_bits);
}

TEST(Match, HalfPrecisionBecomesExactlyTheSameFloats) {
  auto bytes = std::make_shared<std::vector<std::byte>>(65536 * 2);
  for (int i = 0; i < 65536; ++i) {
    (*bytes)[2 * i] = std::byte(i & 255);
    (*bytes)[2 * i + 1] = std::byte(i >> 8);
  }
  for (const auto& [type, exponent_bits] : {std::pair(DType::f16, 5), std::pair(DType::bf16, 8)}) {
    const ir::Tensor chosen = to_f32({type, {65536}, bytes, {}});
    const auto floats = chosen.as<float>();
    for (int i = 0; i < 65536; ++i) {
      const auto expected =
          static_cast<float>(value_of_half(static_cast<uint16_t>(i), exponent_bits));
      if (std::isnan(expected))
        EXPECT_TRUE(std::isnan(floats[i])) << i;
      else
        ASSERT_EQ(std::bit_cast<uint32_t>(floats[i]), std::bit_cast<uint32_t>(expected)) << i;
    }
  }
}

TEST(Match, DoublesAreRounded) {
  const auto graph = ir::parse("x = input f32 1x1x1x3; y = conv x out=1 window=1x1/1x1; output y");
  ir::WeightStore store;
  const std::vector<double> values = {0.1, 0.2, 1e-50};
  store.set("y.weight", ir::make_tensor<double>({1, 3, 1, 1}, values));
  const auto chosen = select(graph, store, "net.pyth");
  EXPECT_THAT(chosen.at("y.weight").as<float>(), ElementsAre(0.1f, 0.2f, 0.0f));
}

}  // namespace
}  // namespace nnstretch::weights

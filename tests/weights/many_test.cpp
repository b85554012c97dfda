// Thousands of tensors: the time to read and write them grows with their number, not its square.
#include <gtest/gtest.h>

#include "support/cpu_time.h"
#include "weights/weights.h"

namespace nnstretch::weights {
namespace {

using testing::growth;
using testing::kMostGrowth;
constexpr size_t kFew = 2500;  // and four times as many

Loaded many(size_t count) {
  Loaded all;
  const std::vector<float> values = {1, 2};
  for (size_t i = 0; i < count; ++i)
    all.weights.set("blocks." + std::to_string(i) + ".convolution.weight",
                    ir::make_tensor<float>({2}, values));
  return all;
}

const auto read = [](const auto& bytes) { parse(bytes, "many"); };

TEST(ManyTensors, TakeTheirTimeToReadAndNoMore) {
  EXPECT_LT(growth(
                kFew, [](size_t n) { return to_safetensors(many(n).weights); }, read),
            kMostGrowth);
  EXPECT_LT(growth(
                kFew, [](size_t n) { return to_pyth(many(n)); }, read),
            kMostGrowth);
}

TEST(ManyTensors, TakeTheirTimeToWriteAndNoMore) {
  EXPECT_LT(growth(kFew, many, [](const Loaded& all) { to_safetensors(all.weights); }),
            kMostGrowth);
  EXPECT_LT(growth(kFew, many, [](const Loaded& all) { to_pyth(all); }), kMostGrowth);
}

}  // namespace
}  // namespace nnstretch::weights

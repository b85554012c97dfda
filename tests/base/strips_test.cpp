// Joined rows against the element by element definition, for every number and width of strips.
#include "base/strips.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <vector>

namespace nnstretch {
namespace {

using Bytes = std::vector<std::byte>;

TEST(Strips, OfEveryWidthAreJoinedAndTheirHighestBitFlipped) {
  std::mt19937 random(7);
  const auto number = [&](size_t most) { return 1 + random() % most; };
  for (const size_t count : {1u, 2u, 5u, 1u, 2u, 5u, 3u}) {
    const size_t rows = number(9);
    std::vector<Bytes> memory;
    std::vector<Strip> strips;
    for (size_t i = 0; i < count; ++i) {
      const size_t width = number(70);
      Bytes& bytes = memory.emplace_back(rows * width);
      for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
      strips.push_back({bytes.data(), width});
    }
    Bytes plain, shifted;
    for (size_t row = 0; row < rows; ++row)
      for (const auto& [data, width] : strips)
        for (size_t i = 0; i < width; ++i) {
          plain.push_back(data[row * width + i]);
          shifted.push_back(static_cast<std::byte>(std::to_integer<int8_t>(plain.back()) + 128));
        }
    Bytes out(plain.size());
    join_strips(strips, rows, false, out.data());
    EXPECT_EQ(out, plain);
    join_strips(strips, rows, true, out.data());
    EXPECT_EQ(out, shifted);
  }
}

}  // namespace
}  // namespace nnstretch

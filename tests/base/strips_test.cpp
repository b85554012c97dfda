// Joined rows against the element by element definition, for one to five strips of every width up
// to 70.
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
  for (size_t widest = 1; widest <= 70; ++widest)
    for (size_t count = 1; count <= 5; ++count) {
      const size_t rows = 1 + random() % 9;
      std::vector<Bytes> memory;
      std::vector<Strip> strips;
      for (size_t i = 0; i < count; ++i) {
        const size_t width = i == 0 ? widest : 1 + random() % 70;
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
      const std::byte beyond{0x5a};  // nothing is written there
      plain.push_back(beyond), shifted.push_back(beyond);
      Bytes out(plain.size(), beyond);
      join_strips(strips, rows, false, out.data());
      EXPECT_EQ(out, plain);
      join_strips(strips, rows, true, out.data());
      EXPECT_EQ(out, shifted);
    }
}

}  // namespace
}  // namespace nnstretch

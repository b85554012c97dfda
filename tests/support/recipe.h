// Inputs that the golden files were made with: a coarse pattern of 7 x 7 cells plus fine noise,
// from a name alone (FNV-1a, splitmix64). It repeats the generator of src/weights on purpose: a
// test that borrowed the code under test could not find it wrong.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nnstretch::testing {

// `count` numbers in [-1, 1), multiples of 2^-23.
inline std::vector<double> recipe_noise(std::string_view name, size_t count) {
  uint64_t state = 0xcbf29ce484222325;
  for (const char c : name) state = (state ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  std::vector<double> noise(count);
  for (double& value : noise) {
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    value = 2.0 * (static_cast<double>((z ^ (z >> 31)) >> 40) * 0x1p-24) - 1.0;
  }
  return noise;
}

// 1 x 3 x size x size in NCHW order.
inline std::vector<float> recipe_image(const std::string& tag, size_t size) {
  constexpr size_t kChannels = 3, kCells = 7;
  const auto fine = recipe_noise(tag, kChannels * size * size);
  const auto coarse = recipe_noise(tag + ".coarse", kChannels * kCells * kCells);
  std::vector<float> image(fine.size());
  for (size_t c = 0, i = 0; c < kChannels; ++c)
    for (size_t y = 0; y < size; ++y)
      for (size_t x = 0; x < size; ++x, ++i) {
        const size_t cell = (c * kCells + y * kCells / size) * kCells + x * kCells / size;
        image[i] = static_cast<float>(1.5 * coarse[cell] + 0.5 * fine[i]);
      }
  return image;
}

}  // namespace nnstretch::testing

#include "data/colours.h"

#include <algorithm>
#include <array>

namespace nnstretch::data {
namespace {

template <class Pixel>
void flip_rows(std::span<Pixel> pixels, int width) {
  const size_t row_size = 3 * static_cast<size_t>(width);
  for (size_t row = 0; row < pixels.size(); row += row_size)
    for (size_t left = row, right = row + row_size - 3; left < right; left += 3, right -= 3)
      std::swap_ranges(&pixels[left], &pixels[left] + 3, &pixels[right]);
}

// The plane of a channel.
size_t plane_of(size_t channel, image::Colour colour) {
  return colour == image::Colour::rgb ? channel : 2 - channel;
}

}  // namespace

void to_planes(std::span<const float> pixels, const image::Normalisation& how, image::Colour colour,
               std::span<float> planes) {
  const size_t count = pixels.size() / 3;
  for (size_t c = 0; c < 3; ++c) {
    const auto mean = static_cast<float>(how.mean[c] / 255);
    const auto std = static_cast<float>(how.std[c] / 255);
    float* out = &planes[plane_of(c, colour) * count];
    for (size_t i = 0; i < count; ++i) out[i] = (pixels[3 * i + c] - mean) / std;
  }
}

void to_planes(std::span<const uint8_t> pixels, const image::Normalisation& how,
               image::Colour colour, std::span<float> planes) {
  const size_t count = pixels.size() / 3;
  for (size_t c = 0; c < 3; ++c) {
    std::array<float, 256> table;
    for (size_t byte = 0; byte < table.size(); ++byte)
      table[byte] = static_cast<float>((static_cast<double>(byte) - how.mean[c]) / how.std[c]);
    float* out = &planes[plane_of(c, colour) * count];
    for (size_t i = 0; i < count; ++i) out[i] = table[pixels[3 * i + c]];
  }
}

void light(std::span<float> pixels, double deviation, Random& random) {
  constexpr double variances[3] = {0.2175, 0.0188, 0.0045};
  constexpr double components[3][3] = {// a row a channel
                                       {-0.5675, 0.7192, 0.4009},
                                       {-0.5808, -0.0045, -0.8140},
                                       {-0.5836, -0.6948, 0.4203}};
  if (deviation == 0) return;
  double strengths[3];
  for (size_t k = 0; k < 3; ++k) strengths[k] = random.normal() * deviation * variances[k];
  for (size_t c = 0; c < 3; ++c) {
    double shift = 0;
    for (size_t k = 0; k < 3; ++k) shift += components[c][k] * strengths[k];
    for (size_t i = c; i < pixels.size(); i += 3) pixels[i] += static_cast<float>(shift);
  }
}

void flip(std::span<float> pixels, int width) { flip_rows(pixels, width); }
void flip(std::span<uint8_t> pixels, int width) { flip_rows(pixels, width); }

void shift_planes(std::span<const float> planes, int size, int down, int right,
                  std::span<float> shifted) {
  const auto inside = [size](int at) { return at >= 0 && at < size; };
  const int rows = 3 * size;
  for (int row = 0; row < rows; ++row)
    for (int x = 0; x < size; ++x) {
      const int y = row % size + down, from = x + right;
      const int plane = row / size;
      shifted[static_cast<size_t>(row * size + x)] =
          inside(y) && inside(from) ? planes[static_cast<size_t>((plane * size + y) * size + from)]
                                    : 0.0f;
    }
}

}  // namespace nnstretch::data

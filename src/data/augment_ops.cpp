#include "data/augment_ops.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "data/augment_warp.h"

namespace nnstretch::data {
namespace {

using Table = std::array<uint8_t, 256>;

uint8_t clipped(double value) { return static_cast<uint8_t>(std::clamp(value, 0.0, 255.0)); }

template <class Function>
Table table_of(Function function) {
  Table table;
  for (int i = 0; i < 256; ++i) table[static_cast<size_t>(i)] = clipped(function(i));
  return table;
}

void look_up(const Table& table, const Square& picture) {
  for (uint8_t& value : picture.rgb) value = table[value];
}

// One table a channel, made from the numbers of its values.
template <class Function>
void by_histogram(const Square& picture, Function table_from) {
  for (size_t c = 0; c < 3; ++c) {
    std::array<int, 256> histogram{};
    for (size_t i = c; i < picture.rgb.size(); i += 3) ++histogram[picture.rgb[i]];
    const Table table = table_from(histogram);
    for (size_t i = c; i < picture.rgb.size(); i += 3) picture.rgb[i] = table[picture.rgb[i]];
  }
}

constexpr auto used = [](int count) { return count > 0; };

Table stretched(const std::array<int, 256>& histogram) {
  const auto lowest = std::find_if(histogram.begin(), histogram.end(), used) - histogram.begin();
  const auto highest =
      histogram.rend() - std::find_if(histogram.rbegin(), histogram.rend(), used) - 1;
  if (highest <= lowest) return table_of([](int i) { return i; });
  const double scale = 255.0 / static_cast<double>(highest - lowest);
  const double offset = -static_cast<double>(lowest) * scale;
  return table_of([&](int i) { return i * scale + offset; });
}

Table equalised(const std::array<int, 256>& histogram) {
  const auto last = std::find_if(histogram.rbegin(), histogram.rend(), used);
  int total = 0;
  for (const int count : histogram) total += count;
  const int step = (total - *last) / 255;
  if (step == 0) return table_of([](int i) { return i; });
  int before = step / 2;
  return table_of([&](int i) {
    const int value = before / step;
    before += histogram[static_cast<size_t>(i)];
    return value;
  });
}

int grey(const uint8_t* pixel) {
  return (pixel[0] * 19595 + pixel[1] * 38470 + pixel[2] * 7471 + 0x8000) >> 16;
}

// From `plain` (factor 0) through the picture (1) and beyond, cut to whole numbers.
uint8_t blended(int plain, int value, float factor) {
  return clipped(static_cast<float>(plain) + factor * static_cast<float>(value - plain));
}

// `plain` gives the value of channel c of the pixel that begins at i.
template <class Function>
void blend(const Square& picture, double factor, Function plain) {
  if (factor == 1) return;
  for (size_t i = 0; i < picture.rgb.size(); i += 3) {
    uint8_t* pixel = &picture.rgb[i];
    const std::array<int, 3> from = plain(i);
    for (size_t c = 0; c < 3; ++c)
      pixel[c] = blended(from[c], pixel[c], static_cast<float>(factor));
  }
}

int mean_grey(const Square& picture) {
  double sum = 0;
  for (size_t i = 0; i < picture.rgb.size(); i += 3) sum += grey(&picture.rgb[i]);
  return static_cast<int>(sum / (static_cast<double>(picture.rgb.size()) / 3) + 0.5);
}

// Every pixel mixed with its eight neighbours, itself five times; those at the border stay.
std::vector<uint8_t> smoothed(const Square& picture) {
  std::vector<uint8_t> smooth(picture.rgb.begin(), picture.rgb.end());
  const auto side = static_cast<size_t>(picture.side), pitch = 3 * side;
  for (size_t y = 1; y + 1 < side; ++y)
    for (size_t i = y * pitch + 3; i < (y + 1) * pitch - 3; ++i) {
      int sum = 4 * picture.rgb[i];
      for (const size_t row : {i - pitch, i, i + pitch})
        sum += picture.rgb[row - 3] + picture.rgb[row] + picture.rgb[row + 3];
      smooth[i] = clipped(sum / 13.0 + 0.5);
    }
  return smooth;
}

void blend_with_grey(const Square& picture, double factor) {
  blend(picture, factor, [&](size_t i) {
    const int value = grey(&picture.rgb[i]);
    return std::array{value, value, value};
  });
}

void blend_with_one(int value, const Square& picture, double factor) {
  blend(picture, factor, [&](size_t) { return std::array{value, value, value}; });
}

void blend_with_smooth(const Square& picture, double factor) {
  const std::vector<uint8_t> smooth = smoothed(picture);
  blend(picture, factor, [&](size_t i) {
    return std::array<int, 3>{smooth[i], smooth[i + 1], smooth[i + 2]};
  });
}

void posterize(int bits, const Square& picture) {
  const int mask = 0xFF << (8 - std::max(1, bits));  // no bits at all would leave black
  look_up(table_of([&](int i) { return i & mask; }), picture);
}

}  // namespace

void apply_op(Op op, double value, const Square& picture) {
  switch (op) {
    case Op::auto_contrast:
      return by_histogram(picture, stretched);
    case Op::equalize:
      return by_histogram(picture, equalised);
    case Op::invert:
      return look_up(table_of([](int i) { return 255 - i; }), picture);
    case Op::posterize:
      return posterize(static_cast<int>(value), picture);
    case Op::posterize_inc:
      return posterize(4 - static_cast<int>(value), picture);
    case Op::solarize:
      return look_up(table_of([v = static_cast<int>(value)](int i) { return i < v ? i : 255 - i; }),
                     picture);
    case Op::solarize_inc:
      return look_up(table_of([&](int i) { return i < 256 - value ? i : 255 - i; }), picture);
    case Op::solarize_add:
      return look_up(
          table_of([&](int i) { return i < 128 ? std::nearbyint(std::min(255.0, value + i)) : i; }),
          picture);
    case Op::colour:
      return blend_with_grey(picture, value);
    case Op::contrast:
      return blend_with_one(mean_grey(picture), picture, value);
    case Op::brightness:
      return blend_with_one(0, picture, value);
    case Op::sharpness:
      return blend_with_smooth(picture, value);
    case Op::rotate:
      return warp(rotation(value, picture.side), picture);
    case Op::shear_x:
      return warp({1, value, 0, 0, 1, 0}, picture);
    case Op::shear_y:
      return warp({1, 0, 0, value, 1, 0}, picture);
    case Op::translate_x:
      return warp({1, 0, value * picture.side, 0, 1, 0}, picture);
    case Op::translate_y:
      return warp({1, 0, 0, 0, 1, value * picture.side}, picture);
  }
}

}  // namespace nnstretch::data

#include "data/augment_warp.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace nnstretch::data {
namespace {

struct Point {
  double x, y;
};
Point apply(const Affine& m, double x, double y) {
  return {m[0] * x + m[1] * y + m[2], m[3] * x + m[4] * y + m[5]};
}

// The value of channel c at a point of the picture, between the middles of four pixels; at the
// border between those there are.
uint8_t sample(const std::vector<uint8_t>& rgb, int side, Point at, size_t c) {
  const double x = at.x - 0.5, y = at.y - 0.5;
  const double left = std::floor(x), top = std::floor(y);
  const auto value = [&](double column, double row) {
    const double last = side - 1;
    const double pixel = std::clamp(row, 0.0, last) * side + std::clamp(column, 0.0, last);
    return static_cast<double>(rgb[3 * static_cast<size_t>(pixel) + c]);
  };
  const auto along = [&](double row) {
    const double first = value(left, row);
    return first + (value(left + 1, row) - first) * (x - left);
  };
  const double above = along(top);
  const double below = top + 1 < side ? along(top + 1) : above;
  return static_cast<uint8_t>(above + (below - above) * (y - top));
}

}  // namespace

Affine rotation(double degrees, int side) {
  const double angle = -degrees * std::numbers::pi / 180, middle = side / 2.0;
  Affine turn = {std::cos(angle), std::sin(angle), 0, -std::sin(angle), std::cos(angle), 0};
  const Point moved = apply(turn, -middle, -middle);
  turn[2] = moved.x + middle;
  turn[5] = moved.y + middle;
  return turn;
}

void warp(const Affine& from, const Square& picture) {
  constexpr uint8_t grey = 128;
  const std::vector<uint8_t> before(picture.rgb.begin(), picture.rgb.end());
  uint8_t* out = picture.rgb.data();
  for (int y = 0; y < picture.side; ++y)
    for (int x = 0; x < picture.side; ++x, out += 3) {
      const Point at = apply(from, x + 0.5, y + 0.5);
      const bool inside = at.x >= 0 && at.x < picture.side && at.y >= 0 && at.y < picture.side;
      for (size_t c = 0; c < 3; ++c) out[c] = inside ? sample(before, picture.side, at, c) : grey;
    }
}

}  // namespace nnstretch::data

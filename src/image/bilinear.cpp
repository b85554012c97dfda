// The arithmetic and its order are those of pycls: pixels / 255 in float32, bilinear between
// half-pixel centres along the rows and then between the rows. Shares in double and fused products
// give the bits of OpenCV's x86 wheels (IPP); OpenCV's portable code rounds the shares to float
// early and differs by 1e-5.
#include <algorithm>
#include <cmath>

#include "image/resize.h"

namespace nnstretch::image {
namespace {

// Where a pixel of the result comes from along one axis: `share` of the way between two
// neighbours. Beyond the first and last pixel both are that pixel.
struct Tap {
  size_t first, second;
  float share;
};

float between(float first, float second, float share) {
  return std::fma(second - first, share, first);
}

// For `count` pixels from `offset` on, of an axis of `source` pixels that becomes `target`.
std::vector<Tap> taps(int source, int64_t target, int64_t offset, int count) {
  const double scale = 1.0 / (static_cast<double>(target) / source);
  const auto pixel = [last = source - 1.0](double at) {
    return static_cast<size_t>(std::clamp(at, 0.0, last));
  };
  std::vector<Tap> all;
  for (int i = 0; i < count; ++i) {
    const double at = (static_cast<double>(offset + i) + 0.5) * scale - 0.5;
    const double first = std::floor(at);
    all.push_back({pixel(first), pixel(first + 1.0), static_cast<float>(at - first)});
  }
  return all;
}

// Rows of the source, resized along the row and scaled to 0..1. Neighbouring rows of the result
// share source rows, so the last two are kept.
class Rows {
 public:
  Rows(const View& source, std::vector<Tap> columns)
      : source_(source), columns_(std::move(columns)) {
    for (Kept& row : kept_) row.values.resize(3 * columns_.size());
  }

  // `other` stays valid.
  const std::vector<float>& row(size_t y, size_t other) {
    for (Kept& kept : kept_)
      if (kept.y == y) return kept.values;
    Kept& free = kept_[0].y == other ? kept_[1] : kept_[0];
    free.y = y;
    fill(y, free.values);
    return free.values;
  }

 private:
  struct Kept {
    size_t y = SIZE_MAX;
    std::vector<float> values;
  };

  void fill(size_t y, std::vector<float>& values) const {
    const uint8_t* pixels = source_.rgb + y * source_.pitch;
    float* out = values.data();
    for (const Tap& tap : columns_)
      for (size_t c = 0; c < 3; ++c)
        *out++ = between(static_cast<float>(pixels[3 * tap.first + c]) / 255.0f,
                         static_cast<float>(pixels[3 * tap.second + c]) / 255.0f, tap.share);
  }

  View source_;
  std::vector<Tap> columns_;
  Kept kept_[2];
};

}  // namespace

std::vector<float> resize_bilinear(const View& source, int64_t height, int64_t width,
                                   const Box& window) {
  Rows rows(source, taps(source.width, width, window.x, window.width));
  const size_t row_size = 3 * static_cast<size_t>(window.width);
  std::vector<float> resized(row_size * static_cast<size_t>(window.height));
  float* out = resized.data();
  for (const Tap& tap : taps(source.height, height, window.y, window.height)) {
    const std::vector<float>& above = rows.row(tap.first, tap.second);
    const std::vector<float>& below = rows.row(tap.second, tap.first);
    for (size_t i = 0; i < row_size; ++i) *out++ = between(above[i], below[i], tap.share);
  }
  return resized;
}

}  // namespace nnstretch::image

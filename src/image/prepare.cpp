// The test transform, computed for the crop alone: what is cut away is never resized.
//
// The arithmetic and its order are those of pycls: pixels / 255 in float32, bilinear between
// half-pixel centres along the rows and then between the rows, minus mean, by std. Shares in double
// and fused products give the bits of OpenCV's x86 wheels (IPP); OpenCV's portable code rounds the
// shares to float early and differs by 1e-5.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "image/image.h"

namespace nnstretch::image {
namespace {

struct Size {
  int64_t height, width;
};

// The short side becomes `resize`, the other keeps the proportion, cut to whole pixels.
Size resized(const Image& image, int resize) {
  const auto scaled = [&](int longer, int shorter) {
    return static_cast<int64_t>(static_cast<double>(longer) / shorter * resize);
  };
  if (image.width < image.height) return {scaled(image.height, image.width), resize};
  return {resize, scaled(image.width, image.height)};
}

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

int64_t crop_offset(int64_t size, int crop) { return (size - crop + 1) / 2; }

void check(const Image& image, const Preprocess& how) {
  constexpr int largest = 1 << 16;
  if (image.height < 1 || image.width < 1 ||
      image.rgb.size() != 3 * static_cast<size_t>(image.height) * static_cast<size_t>(image.width))
    throw ShapeError({.what = "a picture without pixels"});
  if (how.resize < 1 || how.crop < 1 || how.resize > largest || how.crop > largest)
    throw ShapeError(
        {.what = fmt::format("cannot resize to {} and crop to {}", how.resize, how.crop),
         .fix = fmt::format("give sizes from 1 to {}", largest)});
  if (how.crop > how.resize)
    throw ShapeError(
        {.what = fmt::format("a crop of {} pixels from a short side of {}", how.crop, how.resize),
         .fix = "set TEST.IM_SIZE to TRAIN.IM_SIZE or more"});
}

// Rows of the source, resized along the row and scaled to 0..1. Neighbouring rows of the result
// share source rows, so the last two are kept.
class Rows {
 public:
  Rows(const Image& image, std::vector<Tap> columns) : image_(image), columns_(std::move(columns)) {
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
    const uint8_t* pixels = &image_.rgb[3 * y * static_cast<size_t>(image_.width)];
    float* out = values.data();
    for (const Tap& tap : columns_)
      for (size_t c = 0; c < 3; ++c)
        *out++ = between(static_cast<float>(pixels[3 * tap.first + c]) / 255.0f,
                         static_cast<float>(pixels[3 * tap.second + c]) / 255.0f, tap.share);
  }

  const Image& image_;
  std::vector<Tap> columns_;
  Kept kept_[2];
};

}  // namespace

std::vector<float> prepare(const Image& image, const Preprocess& how) {
  check(image, how);
  const Size size = resized(image, how.resize);
  const auto axis = [&](int source, int64_t target) {
    return taps(source, target, crop_offset(target, how.crop), how.crop);
  };
  Rows rows(image, axis(image.width, size.width));
  const size_t crop = static_cast<size_t>(how.crop);
  std::vector<float> prepared(3 * crop * crop);
  float* out = prepared.data();
  for (const Tap& tap : axis(image.height, size.height)) {
    const std::vector<float>& above = rows.row(tap.first, tap.second);
    const std::vector<float>& below = rows.row(tap.second, tap.first);
    for (size_t x = 0; x < crop; ++x)
      for (size_t c = 0; c < 3; ++c) {
        const size_t from = how.colour == Colour::rgb ? c : 2 - c;
        const float value = between(above[3 * x + from], below[3 * x + from], tap.share);
        *out++ = (value - how.mean[from]) / how.std[from];
      }
  }
  return prepared;
}

}  // namespace nnstretch::image

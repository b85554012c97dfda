// The test transform, computed for the crop alone: what is cut away is never resized.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "image/image.h"
#include "image/resize.h"

namespace nnstretch::image {
namespace {

struct Size {
  int64_t height, width;
};

// The short side becomes `resize`, the other keeps the proportion, cut to whole pixels.
Size resized(const View& image, int resize) {
  if (std::min(image.height, image.width) == resize) return {image.height, image.width};
  const auto scaled = [&](int longer, int shorter) {
    return static_cast<int64_t>(static_cast<double>(longer) / shorter * resize);
  };
  if (image.width < image.height) return {scaled(image.height, image.width), resize};
  return {resize, scaled(image.width, image.height)};
}

int64_t crop_offset(int64_t size, int crop) { return (size - crop + 1) / 2; }

void check(const View& image, const Preprocess& how) {
  constexpr int largest = 1 << 16;
  if (image.height < 1 || image.width < 1) throw ShapeError({.what = "a picture without pixels"});
  if (how.resize < 1 || how.crop < 1 || how.resize > largest || how.crop > largest)
    throw ShapeError(
        {.what = fmt::format("cannot resize to {} and crop to {}", how.resize, how.crop),
         .fix = fmt::format("give sizes from 1 to {}", largest)});
  if (how.crop > how.resize)
    throw ShapeError(
        {.what = fmt::format("a crop of {} pixels from a short side of {}", how.crop, how.resize),
         .fix = fmt::format("resize to {} or more: `resize`, or TEST.IM_SIZE of a configuration",
                            how.crop)});
}

}  // namespace

std::vector<float> scale_and_crop(const View& image, int resize, int crop) {
  const Preprocess how{.resize = resize, .crop = crop};
  check(image, how);
  const Size size = resized(image, resize);
  const auto offset = [&](int64_t side) { return static_cast<int>(crop_offset(side, crop)); };
  return resize_bilinear(image, size.height, size.width,
                         {offset(size.height), offset(size.width), crop, crop});
}

std::vector<float> prepare(const Image& image, const Preprocess& how) {
  if (image.rgb.size() != 3 * static_cast<size_t>(image.height) * static_cast<size_t>(image.width))
    throw ShapeError({.what = "a picture without pixels"});
  std::vector<float> pixels = scale_and_crop(view(image), how.resize, how.crop);
  for (size_t i = 0; i < pixels.size(); i += 3) {
    for (size_t c = 0; c < 3; ++c) pixels[i + c] = (pixels[i + c] - how.mean[c]) / how.std[c];
    if (how.colour == Colour::bgr) std::swap(pixels[i], pixels[i + 2]);
  }
  return pixels;
}

}  // namespace nnstretch::image

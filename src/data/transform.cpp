#include "data/transform.h"

#include <fmt/format.h>

#include "base/error.h"
#include "data/crop.h"
#include "data/picture.h"
#include "image/image.h"

namespace nnstretch::data {
namespace {

using image::Dct;
using image::Patch;

// Augmentations are made of bytes; pycls cuts the fractions on the way there.
void augment_floats(const Augmentation& augmentation, int side, Random& random,
                    std::span<float> pixels) {
  if (augmentation.empty()) return;
  std::vector<uint8_t> bytes(pixels.size());
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(pixels[i] * 255.0f);
  augmentation.apply(bytes, side, random);
  for (size_t i = 0; i < bytes.size(); ++i) pixels[i] = static_cast<float>(bytes[i]) / 255.0f;
}

}  // namespace

Transform::Transform(TransformOptions options)
    : options_(std::move(options)),
      colour_(options_.colour.value_or(image::usual_colour(options_.mode))),
      normalisation_(image::normalisation(options_.mode, !options_.augment.empty())),
      augmentation_(options_.augment) {
  constexpr int largest = 1 << 14;
  if (options_.size < 1 || options_.size > largest)
    throw UsageError({.what = fmt::format("pictures of {0} x {0} pixels", options_.size),
                      .where = {},
                      .fix = fmt::format("set TRAIN.IM_SIZE to 1 to {}", largest)});
  if (options_.mode == Mode::pytorch && !options_.train &&
      (options_.resize < options_.size || options_.resize > largest))
    throw UsageError({.what = fmt::format("a crop of {} pixels from a shorter side of {}",
                                          options_.size, options_.resize),
                      .where = {},
                      .fix = "set TEST.IM_SIZE to TRAIN.IM_SIZE or more"});
}

void Transform::apply(const Sample& sample, Random& random, std::span<float> planes) const {
  switch (options_.mode) {
    case Mode::pytorch:
      return apply_pytorch(sample, random, planes);
    case Mode::ffcv:
      return apply_ffcv(sample, random, planes);
    case Mode::small:
      return apply_small(sample, random, planes);
  }
}

std::vector<float> Transform::crop_pytorch(const Sample& sample, Random& random) const {
  const Picture picture(sample, Dct::exact);
  const int size = options_.size;
  if (options_.train)
    if (const Box box = random_box_pytorch(picture.height(), picture.width(), random); box.height)
      return image::resize_bilinear(picture.part(box).view, size, size, {0, 0, size, size});
  return image::scale_and_crop(picture.all().view, options_.train ? size : options_.resize, size);
}

void Transform::apply_pytorch(const Sample& sample, Random& random, std::span<float> planes) const {
  std::vector<float> pixels = crop_pytorch(sample, random);
  if (options_.train) {
    if (options_.flip && random.chance(0.5)) flip(pixels, options_.size);
    augment_floats(augmentation_, options_.size, random, pixels);
    light(pixels, options_.lighting, random);
  }
  to_planes(pixels, normalisation_, colour_, planes);
}

void Transform::crop_ffcv(const Sample& sample, Random& random, std::span<uint8_t> rgb) const {
  const Picture picture(sample, Dct::fast);
  const Box box = options_.train ? random_box_ffcv(picture.height(), picture.width(), random)
                                 : centre_box_ffcv(picture.height(), picture.width());
  image::resize_area(picture.part(box).view, options_.size, options_.size, rgb.data());
}

void Transform::apply_ffcv(const Sample& sample, Random& random, std::span<float> planes) const {
  std::vector<uint8_t> rgb(count());
  crop_ffcv(sample, random, rgb);
  if (options_.train) {
    if (options_.flip && random.chance(0.5)) flip(rgb, options_.size);
    augmentation_.apply(rgb, options_.size, random);
  }
  to_planes(rgb, normalisation_, colour_, planes);
}

std::vector<uint8_t> Transform::crop_small(const Sample& sample) const {
  const Picture picture(sample, Dct::exact);
  if (picture.height() != options_.size || picture.width() != options_.size)
    throw FormatError({.what = fmt::format("a picture of {} x {} pixels for a network of {}",
                                           picture.width(), picture.height(), options_.size),
                       .where = sample.where,
                       .fix = "set TRAIN.IM_SIZE to the size of the pictures"});
  const Patch patch = picture.all();
  return {patch.view.rgb, patch.view.rgb + count()};
}

// Normalised first: what is shifted in from outside is zero, which is the mean.
void Transform::apply_small(const Sample& sample, Random& random, std::span<float> planes) const {
  std::vector<uint8_t> rgb = crop_small(sample);
  if (!options_.train) return to_planes(rgb, normalisation_, colour_, planes);
  constexpr int margin = 4;
  if (options_.flip && random.chance(0.5)) flip(rgb, options_.size);
  augmentation_.apply(rgb, options_.size, random);
  std::vector<float> still(count());
  to_planes(rgb, normalisation_, colour_, still);
  // The last offset is never drawn, as in pycls.
  const int down = static_cast<int>(random.below(2 * margin)) - margin;
  const int right = static_cast<int>(random.below(2 * margin)) - margin;
  shift_planes(still, options_.size, down, right, planes);
}

}  // namespace nnstretch::data

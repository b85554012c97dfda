// From pixels to what a network is fed: colour jitter, normalisation, planes.
#pragma once
#include <array>
#include <cstdint>
#include <span>

#include "data/random.h"
#include "image/preprocess.h"

namespace nnstretch::data {

// Subtracted from and divided into red, green and blue, in the unit of the pixels.
struct Normalisation {
  std::array<double, 3> mean, std;
};
constexpr Normalisation imagenet{{0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}};  // of 0..1
constexpr Normalisation imagenet_bytes{{123, 116, 103}, {58, 57, 57}};  // FFCV: cut to bytes
constexpr Normalisation cifar{{125.3, 123.0, 113.9}, {63.0, 62.1, 66.7}};

// height x width x 3 pixels, red first, into three planes in the order `colour`.
void to_planes(std::span<const float> pixels, const Normalisation& how, image::Colour colour,
               std::span<float> planes);
void to_planes(std::span<const uint8_t> pixels, const Normalisation& how, image::Colour colour,
               std::span<float> planes);

// Adds to each channel of 0..1 pixels what AlexNet's authors did: the principal components of
// ImageNet's colours, each times its variance times a normal number of that deviation.
void light(std::span<float> pixels, double deviation, Random& random);

// Left becomes right, in rows of `width` pixels.
void flip(std::span<float> pixels, int width);
void flip(std::span<uint8_t> pixels, int width);

// Square planes of `size` pixels a side, seen from `down` and `right` of where they begin; zero
// outside.
void shift_planes(std::span<const float> planes, int size, int down, int right,
                  std::span<float> shifted);

}  // namespace nnstretch::data

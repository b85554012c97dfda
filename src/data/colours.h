// From pixels to what a network is fed: colour jitter, normalisation, planes.
#pragma once
#include <cstdint>
#include <span>

#include "base/random.h"
#include "image/normalisation.h"

namespace nnstretch::data {

// height x width x 3 pixels, red first, normalised into three planes in the order `colour`: floats
// from 0 to 1, or bytes.
void to_planes(std::span<const float> pixels, const image::Normalisation& how, image::Colour colour,
               std::span<float> planes);
void to_planes(std::span<const uint8_t> pixels, const image::Normalisation& how,
               image::Colour colour, std::span<float> planes);

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

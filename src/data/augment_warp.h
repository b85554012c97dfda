// Rotating, shearing and shifting pictures.
#pragma once
#include <array>

#include "data/augment_ops.h"

namespace nnstretch::data {

// Where a pixel of the result comes from: x' = a x + b y + c, y' = d x + e y + f.
using Affine = std::array<double, 6>;

// Counter-clockwise about the middle, degrees.
Affine rotation(double degrees, int side);
// Bilinear; grey (128) where nothing comes from.
void warp(const Affine& from, const Square& picture);

}  // namespace nnstretch::data

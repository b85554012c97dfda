// The single operations of AutoAugment and RandAugment. Each gives the bytes that the Python
// Imaging Library gives.
#pragma once
#include <cstdint>
#include <span>

namespace nnstretch::data {

// A square picture, side x side x 3 bytes, changed in place.
struct Square {
  std::span<uint8_t> rgb;
  int side;
};

enum class Op {
  auto_contrast,
  equalize,
  invert,
  rotate,         // degrees
  posterize,      // bits that stay
  posterize_inc,  // bits that go, of four
  solarize,       // values from here on are inverted
  solarize_inc,   // as many of the highest values are inverted
  solarize_add,   // added to dark values
  colour,         // 0 grey, 1 as it is
  contrast,       // 0 one grey, 1 as it is
  brightness,     // 0 black, 1 as it is
  sharpness,      // 0 smooth, 1 as it is
  shear_x,        // pixels a row
  shear_y,        // pixels a column
  translate_x,    // of the width
  translate_y,    // of the height
};

void apply_op(Op op, double value, const Square& picture);

}  // namespace nnstretch::data

// How an image becomes the network's input; written into every model file, so that the numbers a
// network was trained on and the numbers it is fed cannot drift apart.
#pragma once
#include <array>
#include <filesystem>
#include <vector>

namespace nnstretch::image {

enum class Colour { bgr, rgb };

// The test transform of pycls (pytorch mode): short side to `resize`, centre crop `crop`,
// (x/255 - mean) / std per RGB channel, channels in the order `colour`.
struct Preprocess {
  int resize = 256;                                      // pixels, TEST.IM_SIZE
  int crop = 224;                                        // pixels, TRAIN.IM_SIZE
  std::array<float, 3> mean = {0.485f, 0.456f, 0.406f};  // red, green, blue
  std::array<float, 3> std = {0.229f, 0.224f, 0.225f};
  Colour colour = Colour::bgr;
  bool operator==(const Preprocess&) const = default;
};

}  // namespace nnstretch::image

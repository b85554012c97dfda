#include "image/normalisation.h"

namespace nnstretch::image {
namespace {

constexpr Normalisation imagenet = {{0.485 * 255, 0.456 * 255, 0.406 * 255},
                                    {0.229 * 255, 0.224 * 255, 0.225 * 255}};
constexpr Normalisation imagenet_whole = {{123, 116, 103}, {58, 57, 57}};
constexpr Normalisation cifar = {{125.3, 123.0, 113.9}, {63.0, 62.1, 66.7}};

}  // namespace

Normalisation normalisation(PictureMode mode, bool augmented) {
  if (mode == PictureMode::small) return cifar;
  return mode == PictureMode::ffcv && !augmented ? imagenet_whole : imagenet;
}

Colour usual_colour(PictureMode mode) {
  return mode == PictureMode::pytorch ? Colour::bgr : Colour::rgb;
}

}  // namespace nnstretch::image

// The ways of the original software from a picture to a network, and the constants of each. Here
// alone it is decided what is subtracted and divided: for training, testing, calibrating and
// inferring alike.
#pragma once
#include <array>

#include "image/preprocess.h"

namespace nnstretch::image {

// pytorch: pycls' own loader; bilinear, blue first, lighting.
// ffcv: what the published weights were made with; by area, red first, no lighting.
// small: pictures that already have the network's size (CIFAR-10, glyphs): shifted by up to four
// pixels, red first.
enum class PictureMode { pytorch, ffcv, small };

// Subtracted from and divided into red, green and blue bytes.
struct Normalisation {
  std::array<double, 3> mean, std;
};
// `augmented`: TRAIN.AUGMENT names an augmentation. Only without one are FFCV's constants cut to
// whole numbers; tests go by the same key as training.
Normalisation normalisation(PictureMode mode, bool augmented);
// The order of channels, unless another one is chosen.
Colour usual_colour(PictureMode mode);

}  // namespace nnstretch::image

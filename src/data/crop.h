// Which part of a picture a network sees. The two ways of the original software differ in the
// aspect ratio (uniform or log-uniform), the rounding and the range of the offset.
#pragma once
#include "base/random.h"
#include "image/resize.h"

namespace nnstretch::data {

using image::Box;

// pycls: area 0.08 to 1, aspect 3/4 to 4/3 (uniform), sides swapped half of the time. An empty box
// (height 0) after ten tries that do not fit: the picture is then scaled and cropped in the middle.
Box random_box_pytorch(int height, int width, Random& random);
// FFCV: the same ranges, the logarithm of the aspect uniform. After ten tries the largest box in
// the middle whose aspect is allowed.
Box random_box_ffcv(int height, int width, Random& random);
// FFCV's test: the square in the middle with 224/256 of the shorter side.
Box centre_box_ffcv(int height, int width);

}  // namespace nnstretch::data

#include "train/same_pictures.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cmath>

#include "pipeline/network.h"

namespace nnstretch::train {
namespace {

// FFCV's constants are cut to whole bytes without an augmentation and not with one
// (normalisation.h): a teacher may have had one, and a training go on with one.
bool equal_to_a_byte(const std::array<float, 3>& a, const std::array<float, 3>& b) {
  for (size_t c = 0; c < a.size(); ++c)
    if (std::abs(a[c] - b[c]) >= 1.0f / 255) return false;
  return true;
}

std::string describe(const image::Preprocess& how) {
  return fmt::format("{}, mean {:.3f}, std {:.3f}",
                     how.colour == image::Colour::rgb ? "rgb" : "bgr", fmt::join(how.mean, " "),
                     fmt::join(how.std, " "));
}

}  // namespace

void check_same_pictures(const config::Config& before, const config::Config& now, Message message) {
  const int size = now.train.im_size;
  const image::Preprocess then = pipeline::preprocess(before, size);
  const image::Preprocess here = pipeline::preprocess(now, size);
  if (then.colour == here.colour && equal_to_a_byte(then.mean, here.mean) &&
      equal_to_a_byte(then.std, here.std))
    return;
  message.what += fmt::format(": {}; now {}", describe(then), describe(here));
  throw ConfigError(std::move(message));
}

}  // namespace nnstretch::train

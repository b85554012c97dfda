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

bool same_values(const image::Preprocess& a, const image::Preprocess& b) {
  return a.colour == b.colour && equal_to_a_byte(a.mean, b.mean) && equal_to_a_byte(a.std, b.std);
}

[[noreturn]] void refuse(Message message, const std::string& then, const std::string& now) {
  message.what += fmt::format(": {}; now {}", then, now);
  throw ConfigError(std::move(message));
}

}  // namespace

void check_same_pictures(const config::Config& before, const config::Config& now, Message message) {
  const int size = now.train.im_size;
  const image::Preprocess then = pipeline::preprocess(before, size);
  const image::Preprocess here = pipeline::preprocess(now, size);
  if (!same_values(then, here)) refuse(std::move(message), describe(then), describe(here));
}

void check_same_pictures(const image::Preprocess& file, const image::Preprocess& now,
                         Message message) {
  if (!same_values(file, now)) refuse(std::move(message), describe(file), describe(now));
  if (file.resize != now.resize)
    refuse(std::move(message), fmt::format("{} of {} pixels", file.crop, file.resize),
           fmt::format("{} of {}", now.crop, now.resize));
}

}  // namespace nnstretch::train

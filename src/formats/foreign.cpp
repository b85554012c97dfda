#include "formats/foreign.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "formats/first_operators.h"

namespace nnstretch::formats {
namespace {

// Sizes for the input's; RGB.
void fit_input(ir::Model& model) {
  image::Preprocess& how = model.preprocess;
  how.colour = image::Colour::rgb;
  constexpr int64_t kMostPixels = 8192;
  if (model.graph.inputs().empty()) return;
  const auto& shape = model.graph.node(model.graph.inputs()[0]).type.shape;
  if (shape.size() != 4 || shape[1] != shape[2] || shape[1] > kMostPixels) return;
  how.crop = static_cast<int>(shape[1]);
  how.resize = static_cast<int>(std::lround(how.crop * 256.0 / 224));
}

std::string sizes(const image::Preprocess& how) {
  return fmt::format("RGB, resize {}, crop {}", how.resize, how.crop);
}

}  // namespace

void prepare_as_told(ir::Model& model, const std::array<double, 3>& mean,
                     const std::array<double, 3>& std, const std::string& told) {
  fit_input(model);
  image::Preprocess& how = model.preprocess;
  for (size_t c = 0; c < 3; ++c) {
    how.mean[c] = static_cast<float>(mean[c] / 255);
    how.std[c] = static_cast<float>(std[c] / 255);
  }
  model.notes.push_back(fmt::format("{}: mean {:.4g} and std {:.4g} of pixels in 0..1; assumed: {}",
                                    told, fmt::join(how.mean, ", "), fmt::join(how.std, ", "),
                                    sizes(how)));
}

void assume_preprocess(ir::Model& model, Beside& beside) {
  if (const auto pixels = pixels_wanted(model)) {
    const bool bytes = *pixels == Pixels::bytes;
    const double std = bytes ? 1 : 255;
    return prepare_as_told(
        model, {0, 0, 0}, {std, std, std},
        fmt::format("the network's first operators normalise images, which go in "
                    "as pixels in 0..{}",
                    bytes ? 255 : 1));
  }
  fit_input(model);
  beside.preprocess_assumed = true;
  model.notes.push_back(
      fmt::format("the file does not say how images are prepared; unless told by `mean`, `std`, "
                  "`colour` and `resize`: {}, mean and std of ImageNet",
                  sizes(model.preprocess)));
}

}  // namespace nnstretch::formats

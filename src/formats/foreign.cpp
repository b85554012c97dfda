#include "formats/foreign.h"

#include <fmt/format.h>

#include <cmath>

namespace nnstretch::formats {

void assume_preprocess(ir::Model& model) {
  image::Preprocess& how = model.preprocess;
  how.colour = image::Colour::rgb;
  constexpr int64_t kMostPixels = 8192;
  if (!model.graph.inputs().empty())
    if (const auto& shape = model.graph.node(model.graph.inputs()[0]).type.shape;
        shape.size() == 4 && shape[1] == shape[2] && shape[1] <= kMostPixels) {
      how.crop = static_cast<int>(shape[1]);
      how.resize = static_cast<int>(std::lround(how.crop * 256.0 / 224));
    }
  model.notes.push_back(
      fmt::format("the file does not say how images are prepared; unless told: RGB, resize {}, "
                  "crop {}, mean and deviation of ImageNet",
                  how.resize, how.crop));
}

}  // namespace nnstretch::formats

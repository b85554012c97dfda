#include "pipeline/network.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "formats/model_file.h"
#include "ir/passes/fold_batch_norm.h"
#include "ir/passes/tag_meeting_points.h"
#include "nets/build.h"
#include "weights/weights.h"

namespace nnstretch::pipeline {

using image::PictureMode;

namespace {

image::Colour colour_of(const config::Config& config, PictureMode mode) {
  const std::string& chosen = config.data_loader.colour;
  if (chosen.empty()) return image::usual_colour(mode);
  return chosen == "rgb" ? image::Colour::rgb : image::Colour::bgr;
}

}  // namespace

PictureMode picture_mode(const config::Config& config) {
  const std::string& mode = config.data_loader.mode;
  const std::string& name = config.train.dataset;
  if (mode == "small" || name == "cifar10" || name == "glyphs") return PictureMode::small;
  if (mode == "pytorch") return PictureMode::pytorch;
  if (mode == "ffcv") return PictureMode::ffcv;
  throw ConfigError({.what = "MODE '" + mode + "' is not known",
                     .where = config.where("DATA_LOADER.MODE"),
                     .fix = "use pytorch, ffcv or small"});
}

image::Preprocess preprocess(const config::Config& config, int im_size) {
  image::Preprocess how;
  how.crop = im_size > 0 ? im_size : config.train.im_size;
  const PictureMode mode = picture_mode(config);
  const auto bytes = image::normalisation(mode, !config.train.augment.empty());
  for (size_t c = 0; c < 3; ++c) {
    how.mean[c] = static_cast<float>(bytes.mean[c] / 255);
    how.std[c] = static_cast<float>(bytes.std[c] / 255);
  }
  how.colour = colour_of(config, mode);
  double resize = static_cast<double>(config.test.im_size) / std::max(1, config.train.im_size);
  if (mode == PictureMode::ffcv) resize = 256.0 / 224;
  if (mode == PictureMode::small) resize = 1;
  how.resize = static_cast<int>(std::lround(how.crop * resize));
  return how;
}

ir::Model read_network(const std::filesystem::path& path, formats::Beside* beside) {
  return ir::fold_batch_norm(read_model(path, beside));
}

ir::Model float_model(const config::Config& config, const NetworkOptions& options) {
  ir::Model model;
  model.preprocess = preprocess(config, options.im_size);
  model.name = std::filesystem::path(config.file).stem().string();
  model.graph = nets::build(config, model.preprocess.crop);
  const auto path =
      options.weights.empty() ? std::filesystem::path(config.test.weights) : options.weights;
  model.weights = path.empty()
                      ? weights::initialise(model.graph)
                      : weights::select(model.graph, weights::load(path).weights, path.string());
  return model;
}

void check_name(const std::filesystem::path& path) {
  if (!is_model_file(path))
    throw UsageError(
        {.what = fmt::format("'{}' has an extension this version cannot write", path.string()),
         .where = {},
         .fix = "use a name that ends in .tflite or .onnx"});
}

void write_network(const std::filesystem::path& path, ir::Model model,
                   const formats::Beside& beside) {
  model.graph = ir::tag_meeting_points(model.graph);
  write_model(path, model, beside);
}

}  // namespace nnstretch::pipeline

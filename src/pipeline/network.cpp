#include "pipeline/network.h"

#include <array>
#include <cmath>

#include "base/error.h"
#include "formats/model_file.h"
#include "ir/passes/fold_batch_norm.h"
#include "ir/passes/tag_meeting_points.h"
#include "nets/build.h"
#include "weights/weights.h"

namespace nnstretch::pipeline {
namespace {

// Of pixels from 0 to 255, as the loader of training subtracts and divides.
void normalise_bytes(image::Preprocess& how, std::array<float, 3> mean, std::array<float, 3> std) {
  for (size_t c = 0; c < 3; ++c) how.mean[c] = mean[c] / 255, how.std[c] = std[c] / 255;
  how.colour = image::Colour::rgb;
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
  double resize = static_cast<double>(config.test.im_size) / std::max(1, config.train.im_size);
  if (mode == PictureMode::ffcv) {
    resize = 256.0 / 224;
    normalise_bytes(how, {123, 116, 103}, {58, 57, 57});
  } else if (mode == PictureMode::small) {
    resize = 1;
    normalise_bytes(how, {125.3f, 123.0f, 113.9f}, {63.0f, 62.1f, 66.7f});
  }
  how.resize = static_cast<int>(std::lround(how.crop * resize));
  return how;
}

ir::Model read_network(const std::filesystem::path& path) {
  return ir::fold_batch_norm(read_model(path));
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

void write_network(const std::filesystem::path& path, ir::Model model) {
  model.graph = ir::tag_meeting_points(model.graph);
  write_model(path, model);
}

}  // namespace nnstretch::pipeline

#include "pipeline/network.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>

#include "base/error.h"
#include "engines/list.h"
#include "formats/model_file.h"
#include "image/image.h"
#include "ir/passes/tag_meeting_points.h"
#include "nets/build.h"
#include "quantize/int8.h"
#include "weights/weights.h"

namespace nnstretch::pipeline {
namespace {

std::vector<float> mirror(const std::vector<float>& image, int side) {
  std::vector<float> flipped(image.size());
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x)
      for (int c = 0; c < 3; ++c)
        flipped[(y * side + x) * 3 + c] = image[(y * side + side - 1 - x) * 3 + c];
  return flipped;
}

}  // namespace

image::Preprocess preprocess(const config::Config& config, int im_size) {
  image::Preprocess how;
  how.crop = im_size > 0 ? im_size : config.train.im_size;
  how.resize = static_cast<int>(std::lround(static_cast<double>(how.crop) * config.test.im_size /
                                            std::max(1, config.train.im_size)));
  return how;
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

std::filesystem::path own_photographs() {
  if (const char* given = std::getenv("NNSTRETCH_PHOTOS"); given && *given) return given;
  std::error_code ignored;
  auto folder = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
  for (; folder.has_relative_path(); folder = folder.parent_path())
    for (const char* place : {"assets/photos", "share/nnstretch/photos"})
      if (std::filesystem::is_directory(folder / place, ignored)) return folder / place;
  throw IoError({.what = "the project's own photographs are not beside the program",
                 .fix = "give a folder of images with --calibration"});
}

std::vector<std::vector<float>> photographs(const image::Preprocess& how,
                                            const CalibrationOptions& options, bool mirrored) {
  const auto folder = options.images.empty() ? own_photographs() : options.images;
  auto files = image::list_images(folder);
  if (files.size() > options.count) files.resize(options.count);
  std::vector<std::vector<float>> images;
  for (const auto& file : files) {
    images.push_back(image::prepare(image::decode(file), how));
    if (mirrored) images.back() = mirror(images.back(), how.crop);
  }
  return images;
}

Quantised quantise(const ir::Model& model, const CalibrationOptions& options, int threads) {
  Quantised result;
  result.prepared = quantize::prepare(model);
  const auto images = photographs(model.preprocess, options);
  const auto ranges = quantize::calibrate(result.prepared, images, float_runtime(threads));
  result.int8 = quantize::to_int8(result.prepared, ranges);
  return result;
}

void write_network(const std::filesystem::path& path, ir::Model model) {
  model.graph = ir::tag_meeting_points(model.graph);
  write_model(path, model);
}

quantize::Runtime float_runtime(int threads) {
  engines::Processor processor{
      .name = "all", .role = "cpu", .threads = threads, .precision = engines::Precision::f32};
  processor.engine = "openvino";
  return {engines::find_engine("openvino"), processor};
}

}  // namespace nnstretch::pipeline

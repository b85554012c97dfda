#include "pipeline/network.h"

#include <cmath>

#include "formats/model_file.h"
#include "ir/passes/fold_batch_norm.h"
#include "ir/passes/tag_meeting_points.h"
#include "nets/build.h"
#include "weights/weights.h"

namespace nnstretch::pipeline {
image::Preprocess preprocess(const config::Config& config, int im_size) {
  image::Preprocess how;
  how.crop = im_size > 0 ? im_size : config.train.im_size;
  how.resize = static_cast<int>(std::lround(static_cast<double>(how.crop) * config.test.im_size /
                                            std::max(1, config.train.im_size)));
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

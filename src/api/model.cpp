#include "nnstretch/model.h"

#include <fmt/format.h>

#include "api/impl.h"
#include "base/threads.h"
#include "pipeline/infer.h"
#include "pipeline/network.h"
#include "quantize/int8.h"

namespace nnstretch {
namespace {

std::vector<TensorInfo> describe(const ir::Graph& graph, const std::vector<ir::NodeId>& nodes) {
  std::vector<TensorInfo> infos;
  for (const ir::NodeId id : nodes)
    infos.push_back(api::describe(graph.node(id).name, graph.node(id).type));
  return infos;
}

}  // namespace

Model Model::read(const std::filesystem::path& file) {
  return Model(std::make_shared<const Impl>(Impl{pipeline::read_network(file)}));
}

Model Model::build(const std::filesystem::path& config, const ConfigOptions& options) {
  const ir::Model trained =
      pipeline::float_model(config::load(config, options.overrides),
                            {.im_size = options.im_size, .weights = options.weights});
  if (!options.int8) return Model(std::make_shared<const Impl>(Impl{quantize::prepare(trained)}));
  pipeline::CalibrationOptions calibration;
  calibration.images = options.calibration;
  const int threads = static_cast<int>(allowed_cores().size());
  return Model(
      std::make_shared<const Impl>(Impl{pipeline::quantise(trained, calibration, threads).int8}));
}

const std::string& Model::name() const { return impl_->model.name; }
std::vector<TensorInfo> Model::inputs() const {
  return describe(impl_->model.graph, impl_->model.graph.inputs());
}
std::vector<TensorInfo> Model::outputs() const {
  return describe(impl_->model.graph, impl_->model.graph.outputs());
}
std::vector<std::string> Model::notes() const { return impl_->model.notes; }

ImageInfo Model::image() const {
  const image::Preprocess& how = impl_->model.preprocess;
  return {how.resize, how.crop, how.mean, how.std, how.colour == image::Colour::bgr};
}

std::vector<std::byte> Model::prepare(const std::filesystem::path& image) const {
  const int crop = impl_->model.preprocess.crop;
  const TensorInfo input = inputs().at(0);
  if (input.shape != std::vector<int64_t>{1, crop, crop, 3})
    throw ShapeError(
        {.what = fmt::format("{} is no image of {} x {} pixels", input.name, crop, crop),
         .where = name()});
  return pipeline::load_input(image, impl_->model, /*nchw=*/false);
}

}  // namespace nnstretch

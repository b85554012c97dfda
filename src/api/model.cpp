#include "nnstretch/model.h"

#include <fmt/format.h>

#include "api/here.h"
#include "api/impl.h"
#include "pipeline/infer.h"
#include "pipeline/network.h"
#include "quantize/int8.h"

namespace nnstretch {
namespace {

constexpr int kLargestImage = 8192;  // pixels

std::vector<TensorInfo> describe(const ir::Graph& graph, const std::vector<ir::NodeId>& nodes) {
  std::vector<TensorInfo> infos;
  for (const ir::NodeId id : nodes)
    infos.push_back(api::describe(graph.node(id).name, graph.node(id).type));
  return infos;
}

std::optional<quantize::Observer> observer_of(Observer observer) {
  switch (observer) {
    case Observer::minmax:
      return quantize::Observer::minmax;
    case Observer::percentile:
      return quantize::Observer::percentile;
    case Observer::mse:
      return quantize::Observer::mse;
    case Observer::entropy:
      return quantize::Observer::entropy;
    case Observer::best:
      break;
  }
  return std::nullopt;
}

pipeline::CalibrationOptions calibration_of(const QuantiseOptions& options) {
  if (!(options.percentile > 50 && options.percentile <= 100))
    throw UsageError({.what = fmt::format("the percentile {}", options.percentile),
                      .where = "`percentile`",
                      .fix = "choose one above 50, 100 at most"});
  if (options.mixed_precision < 0)
    throw UsageError({.what = fmt::format("{} blocks", options.mixed_precision),
                      .where = "`mixed_precision`",
                      .fix = "choose 0 or more"});
  return {.images = options.calibration,
          .observer = observer_of(options.observer),
          .percentile = options.percentile,
          .bias_correction = options.bias_correction,
          .equalise = options.equalise,
          .mixed = {.most = options.mixed_precision},
          .float_blocks = options.float_blocks};
}

}  // namespace

Model Model::read(const std::filesystem::path& file) {
  return api::made([&] {
    Impl read;
    read.model = pipeline::read_network(file, &read.beside);
    return Model(std::make_shared<const Impl>(std::move(read)));
  });
}

Model Model::build(const std::filesystem::path& config, const ConfigOptions& options) {
  return api::made([&] {
    if (options.im_size < 0 || options.im_size > kLargestImage)
      throw UsageError(
          {.what = fmt::format("pictures of {0} x {0} pixels", options.im_size),
           .where = "`im_size`",
           .fix = fmt::format("choose 1 to {}, or 0 for TRAIN.IM_SIZE", kLargestImage)});
    const ir::Model trained =
        pipeline::float_model(config::load(config, options.overrides),
                              {.im_size = options.im_size, .weights = options.weights});
    if (!options.int8) return Model(std::make_shared<const Impl>(Impl{quantize::prepare(trained)}));
    pipeline::CalibrationOptions calibration;
    calibration.images = options.calibration;
    return Model(std::make_shared<const Impl>(
        Impl{pipeline::quantise(trained, calibration, api::here()).int8}));
  });
}

Model Model::quantised(const QuantiseOptions& options) const {
  return api::made([&] {
    return Model(std::make_shared<const Impl>(
        Impl{pipeline::quantise(impl().model, calibration_of(options), api::here()).int8,
             impl().beside}));
  });
}

void Model::write(const std::filesystem::path& file) const {
  api::made([&] {
    pipeline::check_name(file);
    pipeline::write_network(file, impl().model, impl().beside);
    return 0;
  });
}

const Model::Impl& Model::impl() const { return api::behind(impl_, "model"); }

const std::string& Model::name() const { return impl().model.name; }
std::vector<TensorInfo> Model::inputs() const {
  return api::translated([&] { return describe(impl().model.graph, impl().model.graph.inputs()); });
}
std::vector<TensorInfo> Model::outputs() const {
  return api::translated(
      [&] { return describe(impl().model.graph, impl().model.graph.outputs()); });
}
std::vector<std::string> Model::labels() const {
  return api::translated([&] { return impl().beside.labels; });
}
std::vector<std::string> Model::notes() const {
  return api::translated([&] { return impl().model.notes; });
}

ImageInfo Model::image() const {
  const image::Preprocess& how = impl().model.preprocess;
  return {how.resize, how.crop, how.mean, how.std, how.colour == image::Colour::bgr};
}

std::vector<std::byte> Model::prepare(const std::filesystem::path& image) const {
  return api::made([&] { return pipeline::load_picture(image, impl().model, impl().beside); });
}

}  // namespace nnstretch

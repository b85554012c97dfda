#include "train/datasets.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <thread>

#include "base/error.h"
#include "pipeline/network.h"

namespace nnstretch::train {
namespace {

namespace fs = std::filesystem;

const std::string& dataset_name(const config::Config& config, Use use) {
  return use == Use::training ? config.train.dataset : config.test.dataset;
}

fs::path find(const config::Config& config, Use use, const fs::path& path) {
  if (!path.empty()) return path;
  if (!config.data_path.empty()) return config.data_path;
  const std::string& name = dataset_name(config, use);
  if (fs::exists(name)) return name;
  throw ConfigError({.what = fmt::format("where the data set '{}' lies is not said", name),
                     .where = config.where("DATA_PATH"),
                     .fix = "give `data` DIR or DATA_PATH DIR"});
}

// A mirrored letter is another one.
bool is_flipped(const config::Config& config, Use use) {
  return config.train.flip.empty() ? dataset_name(config, use) != "glyphs"
                                   : config.train.flip == "on";
}

int workers(const config::Config& config) {
  const auto cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  return std::clamp(config.data_loader.num_workers, 1, cores);
}

}  // namespace

data::TransformOptions transform_options(const config::Config& config, Use use, int im_size) {
  const image::Preprocess how = pipeline::preprocess(config, im_size);
  data::TransformOptions options;
  options.mode = pipeline::picture_mode(config);
  options.train = use == Use::training;
  options.size = how.crop;
  options.resize = how.resize;
  options.colour = how.colour;
  options.lighting = config.train.pca_std;
  options.augment = config.train.augment;
  options.flip = is_flipped(config, use);
  return options;
}

std::string said_of_pictures(const config::Config& config) {
  const auto from = [&](std::string_view key, const char* otherwise) {
    const auto set = config.origins.find(key);
    return set == config.origins.end() ? otherwise : set->second;
  };
  const image::Preprocess how = pipeline::preprocess(config, 0);
  const bool small = pipeline::picture_mode(config) == image::PictureMode::small;
  const bool named = small && config.data_loader.mode != "small";
  return fmt::format("{} ({}), {} ({}), mean {:.3f}, std {:.3f}, {} of {} pixels, {} ({})",
                     small ? "small" : config.data_loader.mode,
                     named ? "of the data set's name" : from("DATA_LOADER.MODE", "by default"),
                     how.colour == image::Colour::rgb ? "rgb" : "bgr",
                     from("DATA_LOADER.COLOUR", "of the mode"), fmt::join(how.mean, " "),
                     fmt::join(how.std, " "), how.crop, how.resize,
                     is_flipped(config, Use::training) ? "mirrored" : "never mirrored",
                     from("TRAIN.FLIP", "of the data set's name"));
}

Pictures::Pictures(const config::Config& config, Use use, const fs::path& path, int im_size)
    : config_(config),
      use_(use),
      dataset_(data::open_dataset(find(config, use, path),
                                  use == Use::training ? config.train.split : config.test.split,
                                  data::WithoutSplits::refused)),
      transform_(transform_options(config, use, im_size)) {
  if (dataset_->class_count() > static_cast<size_t>(config.model.num_classes))
    throw ConfigError({.what = fmt::format("the data set has {} classes, the network {}",
                                           dataset_->class_count(), config.model.num_classes),
                       .where = config.where("MODEL.NUM_CLASSES")});
}

std::unique_ptr<data::Batches> Pictures::batches(int lane, int lanes) const {
  const bool training = use_ == Use::training;
  const int whole = training ? config_.train.batch_size : config_.test.batch_size;
  if (whole % lanes != 0)
    throw ConfigError({.what = fmt::format("a batch of {} cannot be shared by {}", whole, lanes),
                       .where = config_.where(training ? "TRAIN.BATCH_SIZE" : "TEST.BATCH_SIZE"),
                       .fix = "every rank must get the same number of images"});
  data::LoaderOptions options;
  options.batch_size = static_cast<size_t>(whole / lanes);
  options.shuffle = options.drop_last = training;
  options.seed = static_cast<uint64_t>(config_.rng_seed);
  options.rank = lane;
  options.world = lanes;
  options.workers = workers(config_);
  return std::make_unique<data::Loader>(*dataset_, transform_, options);
}

}  // namespace nnstretch::train

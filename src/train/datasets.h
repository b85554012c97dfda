// The pictures a configuration names, as batches.
//     Pictures pictures(config, Use::training, {});
//     auto batches = pictures.batches(/*lane=*/0, /*lanes=*/2);   // half of every batch
#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "config/config.h"
#include "data/dataset.h"
#include "data/loader.h"

namespace nnstretch::train {

enum class Use { training, testing };

class Pictures {
 public:
  // From `path`, or where that is empty DATA_PATH, or where that is empty too the path that
  // TRAIN.DATASET or TEST.DATASET is; of `im_size` pixels a side, 0: TRAIN.IM_SIZE. ConfigError if
  // nothing of these is there, or if it has more classes than the network; IoError or FormatError
  // of the data set.
  Pictures(const config::Config& config, Use use, const std::filesystem::path& path,
           int im_size = 0);

  // The share of one of `lanes`. They refer to this. ConfigError if the batch does not divide.
  std::unique_ptr<data::Batches> batches(int lane, int lanes) const;
  const data::Dataset& dataset() const { return *dataset_; }

 private:
  config::Config config_;
  Use use_;
  std::unique_ptr<data::Dataset> dataset_;
  data::Transform transform_;
};

// How pictures are prepared for this network: as pipeline::preprocess() says, with what is random
// about training.
data::TransformOptions transform_options(const config::Config& config, Use use, int im_size = 0);
// The same for people, each thing with where it was said: "ffcv (net.yaml:31), rgb (of the mode)".
std::string said_of_pictures(const config::Config& config);

}  // namespace nnstretch::train

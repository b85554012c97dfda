// From a configuration to a network that can be run: build, weights, and to a model file.
#pragma once
#include <filesystem>

#include "config/config.h"
#include "formats/beside.h"
#include "image/normalisation.h"
#include "ir/graph.h"
#include "pipeline/quantise.h"

namespace nnstretch::pipeline {

struct NetworkOptions {
  int im_size = 0;  // pixels; 0: TRAIN.IM_SIZE
  std::filesystem::path weights =
      {};  // empty: TEST.WEIGHTS; where that is empty too, made-up weights
};

// How the pictures are prepared that a network is trained on: DATA_LOADER.MODE, or `small` for the
// data sets cifar10 and glyphs, whose pictures have the network's size already.
// ConfigError: a mode that is not known.
image::PictureMode picture_mode(const config::Config& config);

// How images of `config` are prepared at this size (0: TRAIN.IM_SIZE), by its picture mode and
// DATA_LOADER.COLOUR. The resize follows the crop: TEST.IM_SIZE pixels for TRAIN.IM_SIZE, in
// proportion for any other.
image::Preprocess preprocess(const config::Config& config, int im_size);

// A model file's network, batch norms folded: not every engine has batch norms of their own.
// IoError or FormatError.
ir::Model read_network(const std::filesystem::path& path, formats::Beside* beside = nullptr);

// The float32 network as it is trained, with its weights. ConfigError, ShapeError or FormatError.
ir::Model float_model(const config::Config& config, const NetworkOptions& options);

// UsageError unless a model file can have this name.
void check_name(const std::filesystem::path& path);
// Writes a model file whose names carry the meeting points (ir/passes/tag_meeting_points.h).
void write_network(const std::filesystem::path& path, ir::Model model,
                   const formats::Beside& beside = {});

}  // namespace nnstretch::pipeline

// From a configuration to a network that can be run: build, weights, preparation, int8.
#pragma once
#include <filesystem>
#include <optional>

#include "config/config.h"
#include "engines/processor.h"
#include "ir/graph.h"
#include "quantize/calibrate.h"

namespace nnstretch::pipeline {

struct NetworkOptions {
  int im_size = 0;                // pixels; 0: TRAIN.IM_SIZE
  std::filesystem::path weights;  // empty: TEST.WEIGHTS; where that is empty too, made-up weights
};

// How images of `config` are prepared at this size. The resize follows the crop: TEST.IM_SIZE
// pixels for TRAIN.IM_SIZE, in proportion for any other.
image::Preprocess preprocess(const config::Config& config, int im_size);

// The float32 network as it is trained, with its weights. ConfigError, ShapeError or FormatError.
ir::Model float_model(const config::Config& config, const NetworkOptions& options);

struct CalibrationOptions {
  std::filesystem::path images;  // a folder; empty: the photographs the project carries
  size_t count = 16;             // photographs at most
};
// Prepared inputs from the calibration photographs; `mirrored` gives their mirror images, which
// calibration does not see: for fidelity.
std::vector<std::vector<float>> photographs(const image::Preprocess& how,
                                            const CalibrationOptions& options,
                                            bool mirrored = false);
// The folder of the photographs the project carries; IoError if it cannot be found.
std::filesystem::path own_photographs();

// The float network ready to run (batch norms folded), and its int8 version.
struct Quantised {
  ir::Model prepared;  // float
  ir::Model int8;      // nodes of the same names
};
Quantised quantise(const ir::Model& model, const CalibrationOptions& options, int threads);

// Writes a model file whose names carry the meeting points (ir/passes/tag_meeting_points.h).
void write_network(const std::filesystem::path& path, ir::Model model);

// OpenVINO on `threads` threads, in float32: calibration and checks.
quantize::Runtime float_runtime(int threads);

}  // namespace nnstretch::pipeline

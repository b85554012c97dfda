// From a float network to its int8 version, by whatever of src/quantize was asked for.
#pragma once
#include <filesystem>
#include <optional>

#include "config/config.h"
#include "plan/surroundings.h"
#include "quantize/fidelity.h"
#include "quantize/mixed_precision.h"
#include "quantize/observers.h"
#include "report/quantisation.h"

namespace nnstretch::pipeline {

struct CalibrationOptions {
  std::filesystem::path images = {};  // a folder; empty: the photographs the project carries
  size_t count = 16;                  // photographs at most, the first by name,
  std::optional<int> seed = {};       // or, with a seed, drawn from all
  // How ranges are chosen; nullopt: all ways are tried, the one of the highest fidelity stays.
  std::optional<quantize::Observer> observer = quantize::Observer::minmax;
  double percentile = 99.99;
  bool bias_correction = false;
  bool equalise = false;
  quantize::MixedPrecision mixed = {};         // blocks kept float, searched by fidelity
  std::vector<std::string> float_blocks = {};  // blocks kept float, given
};
// All of it but the images, in one line: equal for equal int8 networks.
std::string describe(const CalibrationOptions& options);

// Where nobody named a folder: the training pictures of the configuration's data set. Those that
// `train` put beside it (calibration/), or 256 drawn by RNG_SEED if the data set is a folder of
// images at DATA_PATH (or at the path that TRAIN.DATASET is). Otherwise the options as they are,
// with a line where there is a data set of another kind.
CalibrationOptions on_own_pictures(CalibrationOptions options, const config::Config& config);
// What is calibrated with, for people: "256 of 13624 pictures of glyphs/train, seed 1".
std::string pictures_said(const CalibrationOptions& options);
// The files, in the order in which they are seen. IoError: there are none.
std::vector<std::filesystem::path> calibration_files(const CalibrationOptions& options);

// Prepared inputs from the calibration photographs; `mirrored` gives their mirror images, which
// calibration does not see: for fidelity.
std::vector<std::vector<float>> photographs(const image::Preprocess& how,
                                            const CalibrationOptions& options,
                                            bool mirrored = false);
// Windows of all photographs of the folder beside their centre, half of them mirrored: none that
// calibration sees. Those of [0, n) differ from those of [n, m).
std::vector<std::vector<float>> held_out(const image::Preprocess& how,
                                         const CalibrationOptions& options, size_t begin,
                                         size_t count);
// The folder of the photographs the project carries; IoError if it cannot be found.
std::filesystem::path own_photographs();

struct Quantised {
  ir::Model prepared;  // float: batch norms folded, equalised if that was asked for
  ir::Model int8;      // nodes of the same names
  quantize::Observer observer = quantize::Observer::minmax;
  size_t images_tried = 0;  // held-out images of the trials
  struct Trial {
    quantize::Observer observer;
    quantize::Fidelity fidelity;
  };
  std::vector<Trial> trials;  // of every observer, if all were tried
  size_t equalised_pairs = 0;
  std::vector<quantize::FloatBlock> float_blocks;
};
// On all cores `here`. FormatError, ShapeError or EngineError. The same inputs give the same bytes,
// however many cores there are.
Quantised quantise(const ir::Model& model, const CalibrationOptions& options,
                   const plan::Surroundings& here);

// What int8 costs, on images that neither calibration nor a choice has seen; without latencies.
report::QuantisationResult report(const Quantised& made, const CalibrationOptions& options,
                                  size_t images, const plan::Surroundings& here);

// OpenVINO on all cores, in float32: calibration and the truth. Where it cannot be used
// another engine, said once.
quantize::Runtime float_runtime(const plan::Surroundings& here);
// LiteRT on all cores: the int8 arithmetic of the file, every value rounded. Where it
// cannot be used the reference engine, said once.
quantize::Runtime int8_runtime(const plan::Surroundings& here);

}  // namespace nnstretch::pipeline

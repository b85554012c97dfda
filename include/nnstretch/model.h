// A network as a file says it; nothing is compiled yet. Immutable; copies are cheap. UsageError for
// whatever is asked of one that was moved from.
//     nnstretch::Model model = nnstretch::Model::read("R-50-CD.tflite");
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "nnstretch/error.h"
#include "nnstretch/tensor.h"

namespace nnstretch {

namespace api {
struct Access;  // of nnstretch itself
}

// How ranges of int8 are chosen from what calibration sees; `best` tries all on other images.
enum class Observer { minmax, percentile, mse, entropy, best };

// How a float network becomes int8, as the flags of `nnstretch build` are called.
struct QuantiseOptions {
  std::filesystem::path calibration = {};  // folder of images for the ranges; empty: the
                                           // photographs beside the nnstretch command
  Observer observer = Observer::minmax;
  double percentile = 99.99;
  bool bias_correction = false, equalise = false;
  int mixed_precision = 0;  // blocks kept float at most, chosen by what they cost
  std::vector<std::string> float_blocks = {};  // blocks kept float, by name
};

struct ConfigOptions {
  std::vector<std::string> overrides = {};  // KEY, VALUE, KEY, VALUE, ... over the file
  std::filesystem::path weights = {};      // .pyth or .safetensors; empty: TEST.WEIGHTS, where that
                                           // is empty too, made-up weights
  int im_size = 0;                         // input pixels; 0: TRAIN.IM_SIZE
  bool int8 = true;                        // else float32
  std::filesystem::path calibration = {};  // as QuantiseOptions, which is for all else
};

class Model {
 public:
  // A .tflite or .onnx file. IoError, FormatError.
  static Model read(const std::filesystem::path& file);
  // A configuration (YAML), built as `nnstretch build` does. ConfigError with file and line,
  // ShapeError, FormatError, IoError; UsageError for a wrong option.
  static Model build(const std::filesystem::path& config, const ConfigOptions& options = {});

  // The int8 network of this float one. UsageError if it is no float network, or for a wrong
  // option; EngineError.
  Model quantised(const QuantiseOptions& options = {}) const;
  // As .tflite or .onnx, by the name. UsageError for another one, IoError; the file is whole or not
  // there.
  void write(const std::filesystem::path& file) const;

  const std::string& name() const;  // "R-50-CD"
  std::vector<TensorInfo> inputs() const;
  std::vector<TensorInfo> outputs() const;
  ImageInfo image() const;
  std::vector<std::string> labels() const;  // of the classes, by index; empty: the file has none
  std::vector<std::string> notes() const;   // what had to be assumed of the file

  // A JPEG or PNG file as the one input wants it. FormatError, IoError; ShapeError if the input is
  // no image of that size. FormatError also where image() is only assumed and much of the picture
  // is beyond what the input holds.
  std::vector<std::byte> prepare(const std::filesystem::path& image) const;

 private:
  friend struct api::Access;
  class Impl;
  explicit Model(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  const Impl& impl() const;
  std::shared_ptr<const Impl> impl_;
};

}  // namespace nnstretch

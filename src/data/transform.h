// From a stored picture to a network's input, in the ways of the original software:
//     Transform train({.mode = Mode::pytorch, .train = true, .size = 224});
//     train.apply(sample, random, planes);        // 3 x 224 x 224 floats
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/random.h"
#include "data/augment.h"
#include "data/colours.h"
#include "data/dataset.h"
#include "image/normalisation.h"

namespace nnstretch::data {

using Mode = image::PictureMode;

struct TransformOptions {
  Mode mode = Mode::pytorch;
  bool train = false;
  int size = 224;    // pixels a side of the network's input, TRAIN.IM_SIZE
  int resize = 256;  // the shorter side before the crop, TEST.IM_SIZE; pytorch test only
  std::optional<image::Colour> colour = {};  // default: that of the mode
  bool flip = true;                          // half of the training pictures, left to right
  double lighting = 0.1;                     // TRAIN.PCA_STD; pytorch training only
  // TRAIN.AUGMENT: applied in training; how pictures are normalised follows from it in tests too.
  std::string augment = {};
};

class Transform {
 public:
  // UsageError for sizes or an augmentation that make no sense.
  explicit Transform(TransformOptions options);

  const TransformOptions& options() const { return options_; }
  size_t count() const { return 3 * pixels(); }
  // count() floats as (channel, row, column). Draws nothing from `random` unless training.
  // FormatError at sample.where: damaged, or (small) of another size.
  void apply(const Sample& sample, Random& random, std::span<float> planes) const;

 private:
  size_t pixels() const {
    return static_cast<size_t>(options_.size) * static_cast<size_t>(options_.size);
  }
  std::vector<float> crop_pytorch(const Sample& sample, Random& random) const;
  void crop_ffcv(const Sample& sample, Random& random, std::span<uint8_t> rgb) const;
  std::vector<uint8_t> crop_small(const Sample& sample) const;
  void apply_pytorch(const Sample& sample, Random& random, std::span<float> planes) const;
  void apply_ffcv(const Sample& sample, Random& random, std::span<float> planes) const;
  void apply_small(const Sample& sample, Random& random, std::span<float> planes) const;

  TransformOptions options_;
  image::Colour colour_;
  image::Normalisation normalisation_;
  Augmentation augmentation_;
};

}  // namespace nnstretch::data

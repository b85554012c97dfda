// How much of a float network its int8 version keeps, over images that calibration has not seen.
#pragma once
#include "quantize/calibrate.h"

namespace nnstretch::quantize {

// Correlations are of *centred* logits: each logit minus its mean over the images. Raw logits say
// little: in an untrained network they hardly depend on the image, so any two images agree.
struct Fidelity {
  size_t images = 0;
  double median = 0;       // of the images' correlations between int8 and float
  double worst = 0;        // the smallest of them
  double wrong_image = 0;  // median against the next image's float logits: what chance looks like
  double top1_agreement = 0;  // share of images where both pick the same class
};

// Runs both networks on every image; needs at least two.
Fidelity compare(const ir::Model& model, const ir::Model& quantised, Images images,
                 const Runtime& runtime);
// The same from logits, one vector an image.
Fidelity compare(std::span<const std::vector<float>> expected,
                 std::span<const std::vector<float>> got);

// Signal-to-quantisation-noise ratio of each value of an int8 network against the prepared float
// network it was made from, worst first.
struct LayerError {
  std::string node, op;
  double sqnr_db = 0;
};
std::vector<LayerError> layer_errors(const ir::Model& prepared, const ir::Model& quantised,
                                     Images images, const Runtime& runtime);

}  // namespace nnstretch::quantize

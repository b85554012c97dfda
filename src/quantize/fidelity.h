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
  double snr_db = 0;  // of all centred logits together: power of float over power of the difference
};

// EngineError naming the first image and class whose logit is NaN: nothing can be said of such a
// network. `network` is its name.
void check_numbers(std::span<const std::vector<float>> logits, const std::string& network);

// Logits of a network as real numbers, one vector an image; EngineError if some are NaN.
std::vector<std::vector<float>> logits(const ir::Model& model, Images images,
                                       const Runtime& runtime);
// Runs both networks on every image; needs at least two. A runtime of precision f32 computes the
// second with its rounded weights in float: only `int8` of precision int8 rounds its values too.
Fidelity compare(const ir::Model& model, const ir::Model& quantised, Images images,
                 const Runtime& real, const Runtime& int8);
// The same from logits, one vector an image.
Fidelity compare(std::span<const std::vector<float>> expected,
                 std::span<const std::vector<float>> got);

// Signal-to-quantisation-noise ratio of each value of an int8 network against the prepared float
// network it was made from, worst first; of values that both have.
struct LayerError {
  std::string node, op;
  double sqnr_db = 0;
  double clipped = 0;  // share of its float values that its 256 steps do not reach
};
std::vector<LayerError> layer_errors(const ir::Model& prepared, const ir::Model& quantised,
                                     Images images, const Runtime& real, const Runtime& int8);

}  // namespace nnstretch::quantize

// Scales channels between a convolution and the convolution that alone reads it, so that all of
// them use the int8 range of the value between. Exact: behind no activation or a relu, s * f(x) is
// f(s * x) for s > 0. Not behind relu6, whose six stays where it is, nor behind silu.
#pragma once
#include "quantize/calibrate.h"

namespace nnstretch::quantize {

struct EqualisedPair {
  std::string first, second;  // node names
  // With squeeze-and-excitation between them: the convolution that reads the mean of `first`. The
  // gate then multiplies scaled channels, and both readers take the scale back. Else empty.
  std::string squeeze = {};
};
// The pairs of a prepared network that allow it, in order. Networks with silu between their
// convolutions have none there.
std::vector<EqualisedPair> equalisable(const ir::Graph& graph);

// The same function with other weights in those pairs. In front of a depthwise convolution, whose
// weights have a scale a channel anyway, each channel is stretched to the largest; in front of any
// other, as far as the reader's weights grow by as much as the value's channels differ. No channel
// by more than 16: one that calibration hardly saw may be larger in use.
[[nodiscard]] ir::Model equalise(const ir::Model& model, Images images, const Runtime& runtime);

}  // namespace nnstretch::quantize

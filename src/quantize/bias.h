// What rounding the weights does to the mean of a layer's output, and how much of it the bias can
// take back: the rounding errors of a channel, each times the mean of what it is multiplied with.
#pragma once
#include <vector>

#include "quantize/calibrate.h"

namespace nnstretch::quantize {

// The mean operand of every weight of every convolution and linear layer of a float network, over
// images and output positions; where a window reaches into the padding, it sees zeros.
class TapMeans {
 public:
  explicit TapMeans(const ir::Graph& graph);
  // One value of one image, as observe() hands it out.
  void see(const ir::Node& node, std::span<const std::byte> value);
  // As many numbers as a row of the layer's weights has, groups one after another:
  // [input channel][ky][kx]. Empty for a layer that was never seen.
  std::vector<double> of(std::string_view layer) const;

 private:
  struct Layer {
    std::string name;
    ir::Window window;
    int64_t out_height = 1, out_width = 1;
    std::vector<double> sums;
    double positions = 0;
  };
  std::map<std::string, std::vector<size_t>, std::less<>> readers_;  // of a value, in layers_
  std::vector<Layer> layers_;
};

// By how much each output channel's mean falls when `kernel` is replaced by `rounded`: what is to
// be added to the bias. Both have `channels` rows; `means` has one row a group.
std::vector<double> mean_shift(std::span<const float> kernel, std::span<const float> rounded,
                               std::span<const double> means, size_t channels);

}  // namespace nnstretch::quantize

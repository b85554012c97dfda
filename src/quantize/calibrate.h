// The range of every value of a float network over real images, seen while an engine runs it.
#pragma once
#include <algorithm>
#include <functional>
#include <map>
#include <string>

#include "engines/engine.h"

namespace nnstretch::quantize {

struct Range {
  float min = 0, max = 0;  // always with zero inside: padding is zero
  void include(float low, float high) { min = std::min(min, low), max = std::max(max, high); }
};
using Ranges = std::map<std::string, Range, std::less<>>;  // by node name

// Where calibration runs: an engine and how many threads it may use.
struct Runtime {
  const engines::Engine& engine;
  engines::Processor processor;
};

// Prepared network inputs: NHWC floats, one vector an image.
using Images = std::span<const std::vector<float>>;

// Calls `see` for every node of `model` with its value, once an image, images ascending; int8
// networks get the quantised image. The network runs in segments whose values together fit into
// about a quarter of a gigabyte, one after the other, each over all images.
using See =
    std::function<void(size_t image, const ir::Node& node, std::span<const std::byte> value)>;
void observe(const ir::Model& model, Images images, const Runtime& runtime, const See& see);

// Smallest and largest value of each node of a float network; `also` sees every value too, so that
// what else is to be known of them costs no second pass.
Ranges calibrate(const ir::Model& model, Images images, const Runtime& runtime,
                 const See& also = {});

}  // namespace nnstretch::quantize

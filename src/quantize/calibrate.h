// The range of every value of a float network over real images, seen while an engine runs it.
#pragma once
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

// Calls `see` for every node of `model` (in order) with its value, once an image. The network runs in
// segments whose values together fit into about a quarter of a gigabyte, each node once an image.
using See = std::function<void(size_t image, const ir::Node& node, std::span<const float> value)>;
void observe(const ir::Model& model, std::span<const std::vector<float>> images, const Runtime& runtime,
             const See& see);

// Smallest and largest value of each node. `images` are prepared network inputs (NHWC floats).
Ranges calibrate(const ir::Model& model, std::span<const std::vector<float>> images,
                 const Runtime& runtime);

}  // namespace nnstretch::quantize

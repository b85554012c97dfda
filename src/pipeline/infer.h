// One input through a network, as a plan on this machine.
#pragma once
#include <filesystem>

#include "base/npy.h"
#include "pipeline/bench.h"

namespace nnstretch::pipeline {

// The network's input from a file: an image, prepared as in test, or a .npy array.
// `nchw`: the array is float32 (1,3,S,S) as training sees it; otherwise it is what the network's
// input tensor holds, NHWC. FormatError or ShapeError naming the file.
std::vector<std::byte> load_input(const std::filesystem::path& path, const ir::Model& model,
                                  bool nchw);

struct Inference {
  NpyArray raw;               // the output tensor as it is: int8 or float32, (1,classes)
  std::vector<float> logits;  // real numbers
};
// Warns of what ran elsewhere than it should.
Inference infer(const ir::Model& model, const PlaceOptions& place, bool sequential,
                std::span<const std::byte> input);

// Every value of the network for this input, computed by the reference kernels: FOLDER/NODE.npy.
void write_values(const ir::Model& model, std::span<const std::byte> input,
                  const std::filesystem::path& folder);

}  // namespace nnstretch::pipeline

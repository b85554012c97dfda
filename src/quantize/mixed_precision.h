// Keeps the blocks of a network float whose rounding costs most: greedy, each step by what was
// measured: the signal-to-noise ratio of the logits, which moves less by chance than a median.
#pragma once
#include "quantize/fidelity.h"
#include "quantize/int8.h"

namespace nnstretch::quantize {

// The nodes of one block of the network, by name: "s7_cpu_b3", "st_cpu", "head_cpu". A float layer
// costs two conversions, a float block two as well.
std::map<std::string, std::vector<std::string>> blocks_of(const ir::Graph& graph);

struct FloatBlock {
  std::string name;
  Fidelity fidelity = {};   // once this and those before it are float
  int64_t extra_bytes = 0;  // of weights: four a number instead of one
};

struct MixedPrecision {
  int most = 0;              // blocks at most
  double least_gain_db = 0;  // a step that gains less ends the search
  size_t tried_a_step = 3;   // the next best by what each gained alone
};

// What a trial needs: the network, its ranges and options, images with their float logits.
struct MixedSearch {
  const ir::Model& prepared;
  const Ranges& ranges;
  const Int8Options& options;
  Images images;
  std::span<const std::vector<float>> expected;
  const Runtime& int8;
};
// In the order in which they were chosen. Deterministic: ties go to the name that sorts first.
std::vector<FloatBlock> choose_float_blocks(const MixedSearch& search, const MixedPrecision& how);

}  // namespace nnstretch::quantize

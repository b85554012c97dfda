// A float network and the ranges of its values become an int8 network in TF-Lite's scheme.
#pragma once
#include <set>

#include "ir/graph.h"
#include "quantize/bias.h"
#include "quantize/calibrate.h"

namespace nnstretch::quantize {

// Ready for calibration and int8: batch norms folded, relus fused, silu written as x * sigmoid(x).
[[nodiscard]] ir::Model prepare(const ir::Model& model);

// Activations: int8, one scale and zero point a tensor; values that are only moved (pool, concat,
// slice, shuffle) share one with what they come from, so every operand of a concat has the same.
// Weights: int8, one scale an output channel, zero point 0. Biases: int32 with scale s_in * s_w.
// `model` is a prepared float network; ShapeError names a node whose range is missing.
struct Int8Options {
  // Takes the mean shift that rounding the weights causes out of the bias; null: leaves it.
  const TapMeans* bias_correction = nullptr;
  // Nodes that compute in float between a Dequantize and a Quantize of the node's name; float nodes
  // of one branch hand each other floats. ShapeError for one that only moves values.
  std::set<std::string, std::less<>> float_nodes = {};
};
[[nodiscard]] ir::Model to_int8(const ir::Model& model, const Ranges& ranges,
                                const Int8Options& options = {});

// True for operators that may be kept float: those that compute.
bool may_stay_float(const ir::Op& op);

// The scale and zero point by which [range.min, range.max] fills -128..127.
ir::Quant quant_for(Range range);

}  // namespace nnstretch::quantize

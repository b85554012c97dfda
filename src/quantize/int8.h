// A float network and the ranges of its values become an int8 network in TF-Lite's scheme.
#pragma once
#include "ir/graph.h"
#include "quantize/calibrate.h"

namespace nnstretch::quantize {

// Ready for calibration and int8: batch norms folded, relus fused, silu written as x * sigmoid(x).
[[nodiscard]] ir::Model prepare(const ir::Model& model);

// Activations: int8, one scale and zero point a tensor; values that are only moved (pool, concat,
// slice, shuffle) share one with what they come from, so every operand of a concat has the same.
// Weights: int8, one scale an output channel, zero point 0. Biases: int32 with scale s_in * s_w.
// `model` is a prepared float network; ShapeError names a node whose range is missing.
[[nodiscard]] ir::Model to_int8(const ir::Model& model, const Ranges& ranges);

// The scale and zero point by which [range.min, range.max] fills -128..127.
ir::Quant quant_for(Range range);

}  // namespace nnstretch::quantize

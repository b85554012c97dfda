// An int8 part in the form that reaches the HTP whole. Four-dimensional values of an .onnx file are
// NCHW, buffers of a session NHWC: inputs and outputs get a transposition, which the compiler joins
// with those it needs itself (measured: no slower than NCHW at the ends). And an operator with an
// activation is not known as one, so the activation stands alone, or is left out where the int8
// range clamps as it does.
#pragma once
#include "ir/graph.h"

namespace nnstretch::engines::qnn {

// Computes the same bytes. Inputs and outputs of four dimensions are declared so that their .onnx
// values have the shape N, H, W, C; the order of inputs and outputs stays.
[[nodiscard]] ir::Graph htp_graph(const ir::Graph& part);

}  // namespace nnstretch::engines::qnn

// How values and places stand in an .onnx file and in our graphs: four dimensions are NCHW there
// and NHWC here, any other number is the same in both. Weights are the same too: (out, in/groups,
// h, w).
#pragma once
#include <string>

#include "ir/graph.h"
#include "ir/stored_values.h"

namespace nnstretch::onnx {

// Shape of a value of ours as the file has it, and back.
ir::Shape to_file(const ir::Shape& nhwc);
ir::Shape from_file(const ir::Shape& nchw);
// An axis of a value with `rank` dimensions.
int axis_to_file(int axis, size_t rank);
int axis_from_file(int axis, size_t rank);

// The bytes of a dense tensor in the file's order, and back; the shape is ours in both.
using ir::nchw_from_nhwc;
using ir::nhwc_from_nchw;

// "1.-1.cpu": stage, branch and role, under this key in the metadata of nodes and inputs.
inline constexpr const char* kPlaceKey = "nnstretch.place";
std::string place_text(const ir::Place& place);
// FormatError for another text.
ir::Place place_from_text(const std::string& text);

// Names of the values between the operators of one node: its own and one of these.
inline constexpr const char* kLinear = "_linear";  // before its activation
inline constexpr const char* kExact = "_exact";    // int8: before it is quantised
inline constexpr const char* kReal = "_real";      // int8: as the float number it stands for
inline constexpr const char* kGate = "_gate";      // the sigmoid of a silu or hard_swish

}  // namespace nnstretch::onnx

// Which kernels the library chose, told to people.
#pragma once
#include <openvino/runtime/compiled_model.hpp>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace nnstretch::engines::openvino {

// "2 of 34 convolutions and linear layers run in f32: s1.b1.f.a, s1.b1.f.b": those of int8 layers
// that have no int8 kernel. Nothing if there are none, or the device does not tell.
std::vector<std::string> kernel_notes(const ov::CompiledModel& compiled, const ir::Graph& graph);

}  // namespace nnstretch::engines::openvino

// Which kernels the library chose, told to people.
#pragma once
#include <openvino/runtime/compiled_model.hpp>
#include <set>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace nnstretch::engines::openvino {

// Names of the int8 convolutions and linear layers whose kernel adds up products in 16 bits even on
// a CPU with VNNI, where large ones saturate: OpenVINO 2026.4.1 takes such a one (jit_gemm) where
// no other knows the shape, as it is of groups of few channels.
std::set<std::string> saturating_layers(const ov::CompiledModel& compiled, const ir::Graph& graph);

// "2 of 34 convolutions and linear layers run in f32: s1.b1.f.a, s1.b1.f.b": those of int8 layers
// that have no int8 kernel. Nothing if there are none, or the device does not tell.
std::vector<std::string> kernel_notes(const ov::CompiledModel& compiled, const ir::Graph& graph);

}  // namespace nnstretch::engines::openvino

// Models as .tflite files (schema version 3): float32 or int8, one sub-graph, one signature
// "serving_default" whose arguments are called input_0.. and output_0.. in the order of the graph.
// Activations are NHWC, tensors have the names of nodes and weights, operators lie in the order of
// the nodes, and what the file format cannot say (places, name, preprocessing) is in metadata.h's
// JSON. The same model gives the same bytes.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "formats/beside.h"
#include "ir/graph.h"

namespace nnstretch::tflite {

// FormatError naming the node if refusal() has a reason; ShapeError or FormatError naming the
// weight if one is missing, of another shape or type, or without scales.
std::vector<std::byte> write(const ir::Model& model, const formats::Beside& beside = {});

// Why a .tflite file cannot hold this node, or nothing.
std::optional<std::string> refusal(const ir::Graph& graph, ir::NodeId id);

}  // namespace nnstretch::tflite

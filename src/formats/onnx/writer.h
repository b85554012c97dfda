// Writes .onnx files: float graphs as they are, int8 graphs as float operators between
// QuantizeLinear and DequantizeLinear, which is how ONNX spells int8 networks. Values of four
// dimensions are NCHW in the file. What the format has no field for (places, preprocessing) is in
// metadata_props.
#pragma once
#include <optional>
#include <vector>

#include "formats/beside.h"
#include "ir/graph.h"

namespace nnstretch::onnx {

struct WriteOptions {
  static constexpr int kOldest = 11, kNewest = 21;
  int opset = 17;  // kOldest to kNewest; per-channel int8 weights need 13
};

// Why an .onnx file cannot hold this node; nothing if it can.
std::optional<std::string> refusal(const ir::Graph& graph, ir::NodeId id);

// FormatError for a node that refusal() refuses, an opset outside the range, or 2 GiB and more.
// The same model gives the same bytes.
std::vector<std::byte> write(const ir::Model& model, const WriteOptions& options = {},
                             const formats::Beside& beside = {});

}  // namespace nnstretch::onnx

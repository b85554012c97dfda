#include "formats/refusal.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnstretch::formats {

std::optional<std::string> common_refusal(const ir::Graph& graph, ir::NodeId id) {
  const ir::Node& node = graph.node(id);
  const DType type = node.type.dtype;
  if (type != DType::f32 && type != DType::i8 && type != DType::u8)
    return fmt::format("values are {}, only float32, int8 and uint8 are written",
                       nnstretch::name_of(type));
  if (ir::is_source(node.op) && graph.is_output(id)) return "it is given and an output at once";
  if (std::count(graph.outputs().begin(), graph.outputs().end(), id) > 1)
    return "it is given out twice";
  if (const auto* op = graph.op_if<ir::Activation>(id); op && op->kind == ir::Act::none)
    return "it does nothing";
  return {};
}

}  // namespace nnstretch::formats

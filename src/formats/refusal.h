// What no model file can hold, whatever its format.
#pragma once
#include <optional>
#include <string>

#include "ir/graph.h"

namespace nnstretch::formats {

// Why; nothing for a node that a file may have.
std::optional<std::string> common_refusal(const ir::Graph& graph, ir::NodeId id);

}  // namespace nnstretch::formats

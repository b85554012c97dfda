// Graphs as text: printed for people and hashes, parsed for tests.
//     x = input f32 1x8x8x4
//     y = conv x out=16 window=3x3/2x2+1,1,1,1 groups=1 bias=0 act=relu w=y.weight @1.0.cpu
//     z = quantize y q=0.05,-128
//     output z
// Statements end at a newline or ';'. Parsed text may leave out a field (its default holds), the
// weights (NAME.weight, NAME.bias, ...), the place, and write a window as 3x3/2x2 (padded as
// PyTorch pads) or 3x3/2x2+0,0,1,1.
#pragma once
#include <string>
#include <string_view>

#include "ir/graph.h"

namespace nnstretch::ir {

std::string print(const Graph& graph);
// One statement, as in print().
std::string print(const Graph& graph, NodeId id);
// FormatError names the statement.
Graph parse(std::string_view text);

}  // namespace nnstretch::ir

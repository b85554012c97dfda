// Which of the elastic network's channels a smaller network's are, layer by layer.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace nnstretch::nets {

// Neighbouring channels of a larger tensor.
struct Part {
  int64_t begin = 0, count = 0;
  bool operator==(const Part&) const = default;
};
using Parts = std::vector<Part>;  // one behind the other

// Of every weight of `graph` the parts along each of its axes, in the elastic network's tensor of
// the same name. Without `align` these are the first channels everywhere; with it those that a
// branch has when nothing is cut off. ShapeError naming a node that needs channels of several
// branches where it can only have the first: a shortcut across a merge, a shuffle.
std::map<std::string, std::vector<Parts>> channels_of(const ir::Graph& graph,
                                                      const ir::Graph& supernet, bool align);

}  // namespace nnstretch::nets

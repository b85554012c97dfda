// Networks inside an elastic one. A sub-network is an ordinary network of two or more branches a
// stage, and its weights are slices of the elastic one's: the first channels of every layer, the
// first blocks of every branch. So whatever runs networks runs sub-networks.
//     ir::Graph graph = nets::build(config, 224);           // the sub-network's own configuration
//     ir::WeightStore weights = cut(graph, supernet, {.full_widths = {{256, 256}, ...}});
#pragma once
#include <vector>

#include "ir/graph.h"

namespace nnstretch::train {

struct Cut {
  // Of each branch of each stage of the elastic network: its width when nothing is cut off.
  std::vector<std::vector<int64_t>> full_widths;
  // Whether a branch keeps its own input columns in the next stage, however wide its neighbour is;
  // otherwise the concatenation reads the first columns, as in the original.
  bool align = true;
};

// The weights of `subnet`, whose names are those of nets::build(), out of an elastic network's
// state_dict ("s1_b0.b1.f.a.conv.weight"). Running statistics are those that the elastic network
// keeps for a layer of that width; where it keeps none they are 0 and 1, and have to be computed
// anew before anything is scored. ShapeError naming the weight: it is missing, or too small.
ir::WeightStore cut(const ir::Graph& subnet, const ir::WeightStore& supernet, const Cut& how);

}  // namespace nnstretch::train

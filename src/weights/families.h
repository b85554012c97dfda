// Weights under the names of torchvision and timm, as those of the same network here: ResNets
// (ResNeXts and wide ones), RegNets, EfficientNets and MobileNetV2.
//     const Renamed theirs = renamed(graph, store);   // family "torchvision or timm ResNet"
// Blocks are told by their place, "layer2.0" is the first of the second stage; what does not fit by
// name and shape is for match() to say.
#pragma once
#include <string>

#include "ir/graph.h"

namespace nnstretch::weights {

struct Renamed {
  std::string family;       // empty: names of no family that is known
  ir::WeightStore weights;  // under the graph's names; those without a place keep their own
};

// Of a store that is not in the graph's own names already.
Renamed renamed(const ir::Graph& graph, const ir::WeightStore& store);

}  // namespace nnstretch::weights

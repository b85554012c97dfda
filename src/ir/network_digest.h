// What a network is, whatever its nodes are called: two results with one digest timed one network.
//     network_digest(model.graph, model.weights)   // the same of the model and of its file
#pragma once
#include <string>

#include "ir/graph.h"

namespace nnstretch::ir {

// Hexadecimal digest of operators, shapes, scales, places and weights, in the order of the graph.
// Unlike content_hash() it knows no names: a model file tags them (ir/passes/tag_meeting_points.h).
std::string network_digest(const Graph& graph, const WeightStore& weights);

}  // namespace nnstretch::ir

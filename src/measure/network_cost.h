// What a network costs and which one it is, as results tell it.
#pragma once
#include "ir/graph.h"
#include "measure/result.h"

namespace nnstretch::measure {

NetworkCost network_cost(const ir::Model& model);

}  // namespace nnstretch::measure

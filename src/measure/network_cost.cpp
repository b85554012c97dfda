#include "measure/network_cost.h"

#include "ir/network_digest.h"

namespace nnstretch::measure {

NetworkCost network_cost(const ir::Model& model) {
  const ir::Cost cost = ir::cost_of(model.graph);
  const auto& input = model.graph.node(model.graph.inputs().at(0)).type;
  return {.multiply_adds = cost.flops,
          .parameters = cost.params,
          .input = ir::to_string(input.shape),
          .digest = ir::network_digest(model.graph, model.weights)};
}

}  // namespace nnstretch::measure

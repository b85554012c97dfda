#include "ir/network_digest.h"

#include "ir/subgraph.h"

namespace nnstretch::ir {

std::string network_digest(const Graph& graph, const WeightStore& weights) {
  WeightStore renamed;
  const Graph numbered = Rewriter(graph).run([&](Rewriter& rewriter, NodeId id) {
    NodeSpec spec = rewriter.spec(id);
    spec.name = std::to_string(id);
    for (size_t i = 0; i < spec.weights.size(); ++i) {
      std::string name = spec.name + "." + std::to_string(i);
      if (const Tensor* tensor = weights.find(spec.weights[i])) renamed.set(name, *tensor);
      spec.weights[i] = std::move(name);
    }
    return rewriter.builder.add(std::move(spec));
  });
  return content_hash(numbered, renamed);
}

}  // namespace nnstretch::ir

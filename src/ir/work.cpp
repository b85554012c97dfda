#include "ir/work.h"

#include <fmt/format.h>

#include "ir/subgraph.h"
#include "ir/text.h"

namespace nnstretch::ir {

std::string work_of(const Graph& graph) {
  Rewriter plain(graph);
  return print(plain.run([&](Rewriter& rewriter, NodeId id) {
    NodeSpec spec = rewriter.spec(id);
    spec.name = fmt::format("n{}", id);
    spec.at = {};
    for (std::string& weight : spec.weights) weight = "w";
    if (spec.quant) spec.quant = Quant{};
    if (auto* input = std::get_if<Input>(&spec.op); input && input->type.quant)
      input->type.quant = Quant{};
    if (auto* constant = std::get_if<Constant>(&spec.op); constant && constant->type.quant)
      constant->type.quant = Quant{};
    return rewriter.builder.add(std::move(spec));
  }));
}

}  // namespace nnstretch::ir

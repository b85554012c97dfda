#include "ir/subgraph.h"

#include <map>

namespace nnstretch::ir {

Graph Rewriter::run(const std::function<NodeId(Rewriter&, NodeId)>& visit) {
  for (NodeId id = 0; id < from_.size(); ++id) map_[id] = visit(*this, id);
  std::vector<NodeId> outputs;
  for (const NodeId id : from_.outputs()) outputs.push_back(map_[id]);
  return std::move(builder).finish(std::move(outputs));
}

NodeSpec Rewriter::spec(NodeId old) const {
  NodeSpec spec = from_.node(old);
  for (NodeId& input : spec.inputs) input = map_.at(input);
  return spec;
}

Subgraph subgraph(const Graph& whole, const std::set<NodeId>& keep) {
  Subgraph part;
  GraphBuilder builder;
  std::map<NodeId, NodeId> now;
  for (const NodeId id : keep)
    for (const NodeId input : whole.node(id).inputs)
      if (!keep.count(input) && !now.count(input)) {
        const Node& source = whole.node(input);
        if (whole.op_if<Constant>(input)) {
          now[input] = builder.add(source);
          continue;
        }
        now[input] = builder.add({.name = source.name, .op = Input{source.type}, .at = source.at});
        part.inputs.push_back(input);
      }
  for (const NodeId id : keep) {
    NodeSpec spec = whole.node(id);
    for (NodeId& input : spec.inputs) input = now.at(input);
    now[id] = builder.add(std::move(spec));
    bool leaves = whole.is_output(id);
    if (!whole.op_if<Constant>(id))
      for (const NodeId reader : whole.readers(id)) leaves |= !keep.count(reader);
    if (leaves) part.outputs.push_back(id);
    if (whole.op_if<Input>(id)) part.inputs.push_back(id);
  }
  std::vector<NodeId> outputs;
  for (const NodeId id : part.outputs) outputs.push_back(now.at(id));
  part.graph = std::move(builder).finish(std::move(outputs));
  return part;
}

Graph with_outputs(const Graph& graph, const std::vector<NodeId>& outputs) {
  std::set<NodeId> needed(outputs.begin(), outputs.end());
  needed.insert(graph.inputs().begin(), graph.inputs().end());
  for (NodeId id = static_cast<NodeId>(graph.size()); id-- > 0;)
    if (needed.count(id)) needed.insert(graph.node(id).inputs.begin(), graph.node(id).inputs.end());
  GraphBuilder builder;
  std::map<NodeId, NodeId> now;
  for (const NodeId id : needed) {
    NodeSpec spec = graph.node(id);
    for (NodeId& input : spec.inputs) input = now.at(input);
    now[id] = builder.add(std::move(spec));
  }
  std::vector<NodeId> mapped;
  for (const NodeId id : outputs) mapped.push_back(now.at(id));
  return std::move(builder).finish(std::move(mapped));
}

}  // namespace nnstretch::ir

// Rebuilding graphs: the one mechanism behind every pass and every part.
#pragma once
#include <functional>
#include <set>

#include "ir/graph.h"

namespace nnstretch::ir {

// Copies a graph node by node into a new one. `visit` adds what it wants for each old node and
// returns the id that stands for it from now on; Rewriter::copy adds the node as it was.
//     Graph without_relu = Rewriter(graph).run([&](Rewriter& r, NodeId id) {
//       return is_relu(id) ? r.now(graph.node(id).inputs[0]) : r.copy(id);
//     });
class Rewriter {
 public:
  explicit Rewriter(const Graph& from) : from_(from), map_(from.size()) {}
  Graph run(const std::function<NodeId(Rewriter&, NodeId)>& visit);
  // The new id of an old node that was visited already.
  NodeId now(NodeId old) const { return map_.at(old); }
  // The old node's spec with its operands renamed to new ids.
  NodeSpec spec(NodeId old) const;
  NodeId copy(NodeId old) { return builder.add(spec(old)); }

  GraphBuilder builder;

 private:
  const Graph& from_;
  std::vector<NodeId> map_;
};

// The nodes in `keep` and the constants they read, with an Input for each other value that comes
// from outside (in order of first use)
// and, as outputs, those values that anyone outside reads or the graph itself gives out, ascending.
struct Subgraph {
  Graph graph;
  std::vector<NodeId> inputs;   // ids in the whole graph, parallel to graph.inputs()
  std::vector<NodeId> outputs;  // ids in the whole graph, parallel to graph.outputs()
};
Subgraph subgraph(const Graph& whole, const std::set<NodeId>& keep);

// The same graph with other outputs; nodes that none of them needs are dropped (inputs stay).
Graph with_outputs(const Graph& graph, const std::vector<NodeId>& outputs);

}  // namespace nnstretch::ir

#include "plan/meeting_points.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "ir/fresh_names.h"
#include "ir/subgraph.h"

namespace nnstretch::plan {
namespace {

using Homes = std::set<int>;

bool is_concat(const ir::Graph& graph, ir::NodeId id) { return graph.op_if<ir::Concat>(id); }

int own_processor(const ir::Graph& graph, ir::NodeId id, const Assignment& assignment) {
  if (ir::is_source(graph.node(id).op)) return kNoProcessor;
  const auto moved = assignment.nodes.find(graph.node(id).name);
  if (moved != assignment.nodes.end()) return static_cast<int>(moved->second);
  const auto found = assignment.roles.find(graph.node(id).at.role);
  if (found != assignment.roles.end()) return static_cast<int>(found->second);
  if (is_concat(graph, id) && !graph.is_output(id)) return kNoProcessor;
  throw ShapeError({.what = fmt::format("no processor has the role '{}'", graph.node(id).at.role),
                    .where = graph.node(id).name,
                    .fix = "add one to the machine file"});
}

// Where values are made that arrive at each node, seen through concatenations.
std::vector<Homes> origins(const ir::Graph& graph, const std::vector<int>& own) {
  std::vector<Homes> from(graph.size());
  for (ir::NodeId id = 0; id < graph.size(); ++id) {
    if (ir::is_source(graph.node(id).op)) continue;
    if (!is_concat(graph, id))
      from[id] = {own[id]};
    else
      for (const ir::NodeId operand : graph.node(id).inputs)
        from[id].insert(from[operand].begin(), from[operand].end());
  }
  return from;
}

// The processors that get each node. Readers come later, so the last node is settled first.
std::vector<Homes> homes(const ir::Graph& graph, const std::vector<int>& own) {
  const std::vector<Homes> from = origins(graph, own);
  std::vector<Homes> at(graph.size());
  for (ir::NodeId id = static_cast<ir::NodeId>(graph.size()); id-- > 0;) {
    at[id] = {own[id]};
    if (!is_concat(graph, id)) continue;
    Homes readers;
    for (const ir::NodeId reader : graph.readers(id))
      readers.insert(at[reader].begin(), at[reader].end());
    if (graph.is_output(id)) readers.insert(own[id]);
    const bool local = from[id].count(own[id]) || readers.count(own[id]);
    if (from[id].size() > 1 || readers.size() > 1 || !local) at[id] = readers;
  }
  return at;
}

class Placer {
 public:
  Placer(const ir::Graph& graph, const Assignment& assignment) : graph_(graph), names_(graph) {
    for (ir::NodeId id = 0; id < graph.size(); ++id)
      own_.push_back(own_processor(graph, id, assignment));
  }

  AssignedGraph run() && {
    const std::vector<Homes> at = homes(graph_, own_);
    for (ir::NodeId id = 0; id < graph_.size(); ++id)
      for (const int home : at[id]) add(id, home, first_home(id, at[id]));
    std::vector<ir::NodeId> outputs;
    for (const ir::NodeId id : graph_.outputs()) outputs.push_back(now(id, own_[id]));
    assigned_.graph = std::move(builder_).finish(std::move(outputs));
    return std::move(assigned_);
  }

 private:
  // The copy that keeps the name: the network's output, or any.
  int first_home(ir::NodeId id, const Homes& at) const {
    return at.count(own_[id]) ? own_[id] : *at.begin();
  }

  void add(ir::NodeId id, int home, int first) {
    ir::NodeSpec spec = graph_.node(id);
    for (ir::NodeId& input : spec.inputs) input = now(input, home);
    if (home != first) spec.name = names_.take(fmt::format("{}@{}", spec.name, home));
    copies_[{id, home}] = builder_.add(std::move(spec));
    assigned_.processor.push_back(home);
  }

  // The copy of a node that a reader on `home` takes: the one there, else the only one.
  ir::NodeId now(ir::NodeId id, int home) const {
    const auto here = copies_.find({id, home});
    return here != copies_.end() ? here->second : copies_.lower_bound({id, kNoProcessor})->second;
  }

  const ir::Graph& graph_;
  std::vector<int> own_;
  ir::FreshNames names_;
  std::map<std::pair<ir::NodeId, int>, ir::NodeId> copies_;
  ir::GraphBuilder builder_;
  AssignedGraph assigned_;
};

}  // namespace

AssignedGraph assign(const ir::Graph& graph, const Assignment& assignment) {
  const ir::Graph live = ir::with_outputs(graph, graph.outputs());
  return Placer(live, assignment).run();
}

}  // namespace nnstretch::plan

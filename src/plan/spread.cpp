#include "plan/spread.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "ir/fresh_names.h"
#include "ir/subgraph.h"
#include "plan/alike.h"
#include "plan/spread_plan.h"

namespace nnstretch::plan {
namespace {

// Stages that are one branch of one role: of each stage the role, or nothing.
std::map<int, std::optional<std::string>> lone_stages(const ir::Graph& graph) {
  std::map<int, std::optional<std::string>> lone;
  std::map<int, int> branch;
  for (const ir::Node& node : graph.nodes()) {
    if (ir::is_source(node.op) || node.at.branch == ir::Place::kMeeting) continue;
    const auto [first, is_new] = branch.try_emplace(node.at.stage, node.at.branch);
    std::optional<std::string>& role = lone[node.at.stage];
    if (is_new)
      role = node.at.role;
    else if (first->second != node.at.branch || role != node.at.role)
      role.reset();
  }
  return lone;
}

// Maximal runs of nodes of one role in stages of one branch.
std::vector<std::vector<ir::NodeId>> runs(const ir::Graph& graph) {
  const auto lone = lone_stages(graph);
  std::vector<std::vector<ir::NodeId>> runs;
  const ir::Node* last = nullptr;
  for (ir::NodeId id = 0; id < graph.size(); ++id) {
    const ir::Node& node = graph.node(id);
    if (ir::is_source(node.op)) continue;
    const auto role = lone.find(node.at.stage);
    if (node.at.branch == ir::Place::kMeeting || role == lone.end() || !role->second) {
      last = nullptr;
      continue;
    }
    if (!last || last->at.role != node.at.role) runs.emplace_back();
    runs.back().push_back(id);
    last = &node;
  }
  return runs;
}

class Spreading {
 public:
  Spreading(const ir::Model& model, const Assignment& assignment,
            const std::vector<engines::Processor>& processors, const Topology& topology,
            const CostModel& cost)
      : from_(model.graph),
        cost_(cost),
        weights_(model.weights),
        assignment_(assignment),
        now_(from_.size()),
        names_(from_) {
    const auto alikes = alike(processors, topology);
    for (const auto& [role, home] : assignment.roles)
      for (const auto& [other, at] : assignment.roles)
        if (std::count(alikes[home].begin(), alikes[home].end(), at))
          groups_[role].emplace(at, other);
  }

  std::optional<Spread> run(const ir::Model& model) {
    for (const auto& nodes : runs(from_)) choose(nodes);
    if (pieces_.empty()) return std::nullopt;
    for (ir::NodeId id = 0; id < from_.size(); ++id) {
      const auto piece = pieces_.find(id);
      if (piece != pieces_.end())
        deal(piece->second);
      else if (!now_[id] && !shared_.count(id))
        copy(id);
    }
    std::vector<ir::NodeId> outputs;
    for (const ir::NodeId id : from_.outputs()) outputs.push_back(*now_[id]);
    Spread result{model, assignment_};
    result.model.graph = std::move(builder_).finish(std::move(outputs));
    result.model.weights = std::move(weights_);
    return result;
  }

 private:
  // Those that share the work of a role, each with a role it has.
  const std::map<size_t, std::string>& group_of(const Piece& piece) const {
    return groups_.at(from_.node(piece.nodes[0]).at.role);
  }

  void choose(const std::vector<ir::NodeId>& nodes) {
    const auto shares = static_cast<int>(groups_.at(from_.node(nodes[0]).at.role).size());
    if (shares < 2) return;
    for (Piece& piece : cut_into_pieces(from_, nodes, shares, cost_))
      if (piece.along) {
        shared_.insert(piece.nodes.begin(), piece.nodes.end());
        pieces_.emplace(piece.nodes[0], std::move(piece));
      }
  }

  void copy(ir::NodeId id) {
    ir::NodeSpec spec = from_.node(id);
    for (ir::NodeId& input : spec.inputs) input = *now_[input];
    now_[id] = builder_.add(std::move(spec));
  }

  void deal(const Piece& piece) {
    std::map<ir::NodeId, std::vector<ir::NodeId>> leaving;  // of each value its shares
    const auto& group = group_of(piece);
    int share = 0;
    for (const auto& [processor, role] : group) {
      const Share one{piece, share, role,
                      *ranges_of_share(from_, piece, share, static_cast<int>(group.size()))};
      compute(one, processor, leaving);
      ++share;
    }
    for (auto& [id, shares] : leaving) {
      ir::NodeSpec spec = from_.node(id);
      spec.op = ir::Concat{*ir::axis_of(*piece.along, from_.node(id).type.shape)};
      spec.inputs = std::move(shares);
      spec.weights.clear();
      spec.at.branch = ir::Place::kMeeting;
      now_[id] = builder_.add(std::move(spec));
    }
  }

  struct Share {
    const Piece& piece;
    int number;
    std::string role;
    std::vector<ir::Range> ranges;  // parallel to piece.nodes
  };

  void compute(const Share& share, size_t processor,
               std::map<ir::NodeId, std::vector<ir::NodeId>>& leaving) {
    const ir::Along along = *share.piece.along;
    const auto shares = static_cast<int>(group_of(share.piece).size());
    std::map<ir::NodeId, std::pair<ir::NodeId, ir::Range>> mine;
    const auto place = [&](ir::NodeSpec spec) {
      spec.name = names_.take(std::move(spec.name));
      spec.at.branch = share.number;
      spec.at.role = share.role;
      assignment_.nodes[spec.name] = processor;
      return builder_.add(std::move(spec));
    };
    // The range of a value that was computed here, or comes from outside.
    const auto take = [&](ir::NodeId id, ir::Range wanted, const std::string& reader) {
      auto [value, there] =
          mine.count(id) ? mine[id] : std::pair(outside(id), ir::whole(along, shape(id)));
      if (wanted == there) return value;
      const int axis = *ir::axis_of(along, shape(id));
      return place({.name = fmt::format("{}/{}", reader, from_.node(id).name),
                    .op = ir::Slice{axis, static_cast<int>(wanted.begin - there.begin),
                                    static_cast<int>(wanted.size())},
                    .inputs = {value},
                    .at = from_.node(id).at});
    };
    for (size_t i = 0; i < share.piece.nodes.size(); ++i) {
      const ir::NodeId id = share.piece.nodes[i];
      ir::NodeSpec spec = ir::share_of(from_, id, along, share.ranges[i], weights_);
      spec.name = fmt::format("{}/{}", spec.name, share.number + 1);
      const auto needed = *ir::operands_of_share(from_, id, along, share.ranges[i]);
      for (size_t k = 0; k < needed.size(); ++k)
        spec.inputs[k] = take(from_.node(id).inputs[k], needed[k], spec.name);
      mine[id] = {place(std::move(spec)), share.ranges[i]};
      if (const auto own = leaves(from_, share.piece, id, share.number, shares))
        leaving[id].push_back(
            take(id, *own, from_.node(id).name + fmt::format("/{}", share.number + 1)));
    }
  }

  const ir::Shape& shape(ir::NodeId id) const { return from_.node(id).type.shape; }

  // A value of another piece; a source may stand in the middle of a piece.
  ir::NodeId outside(ir::NodeId id) {
    if (!now_[id]) copy(id);
    return *now_[id];
  }

  const ir::Graph& from_;
  const CostModel& cost_;
  ir::WeightStore weights_;
  Assignment assignment_;
  std::map<std::string, std::map<size_t, std::string>> groups_;  // by role
  std::map<ir::NodeId, Piece> pieces_;                           // that are shared, by first node
  std::set<ir::NodeId> shared_;                                  // the nodes of all of them
  std::vector<std::optional<ir::NodeId>> now_;
  ir::FreshNames names_;
  ir::GraphBuilder builder_;
};

}  // namespace

std::optional<Spread> spread(const ir::Model& model, const Assignment& assignment,
                             const std::vector<engines::Processor>& processors,
                             const Topology& topology, const CostModel& cost) {
  ir::Model live = model;
  live.graph = ir::with_outputs(model.graph, model.graph.outputs());
  return Spreading(live, assignment, processors, topology, cost).run(live);
}

}  // namespace nnstretch::plan

#include "plan/plan_parts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "ir/passes/to_float.h"
#include "ir/subgraph.h"
#include "plan/joins.h"

namespace nnstretch::plan {
namespace {

// ---- names

std::string stage_name(int stage, int stages) {
  if (stage == 0) return "stem";
  return stage == stages ? "head" : fmt::format("s{}", stage);
}

// Copies of a meeting point belong to the stage before; a part that computes is not named after it.
std::vector<ir::Place> places(const ir::Graph& graph, const std::set<ir::NodeId>& nodes) {
  std::vector<ir::Place> computing, all;
  for (const ir::NodeId id : nodes) {
    const ir::Place& at = graph.node(id).at;
    if (std::find(all.begin(), all.end(), at) != all.end()) continue;
    all.push_back(at);
    if (at.branch != ir::Place::kMeeting) computing.push_back(at);
  }
  return computing.empty() ? all : computing;
}

void describe(PlanPart& part, const std::vector<ir::Place>& at, int stages) {
  part.first_stage = part.last_stage = at[0].stage;
  part.branch = at[0].branch;
  std::vector<std::string> roles;
  for (const ir::Place& place : at) {
    part.first_stage = std::min(part.first_stage, place.stage);
    part.last_stage = std::max(part.last_stage, place.stage);
    if (place.branch != part.branch) part.branch = ir::Place::kMeeting;
    if (std::find(roles.begin(), roles.end(), place.role) == roles.end())
      roles.push_back(place.role);
  }
  part.role = fmt::format("{}", fmt::join(roles, "+"));
  part.name = stage_name(part.first_stage, stages);
  if (part.last_stage != part.first_stage) part.name += ".." + stage_name(part.last_stage, stages);
  const bool is_end = part.first_stage == 0 || part.first_stage == stages;
  const bool is_all = part.first_stage == 0 && part.last_stage == stages;
  if (!part.role.empty() && !is_all && !(is_end && part.first_stage == part.last_stage))
    part.name += "." + part.role;
}

void make_names_unique(std::vector<PlanPart>& parts) {
  std::map<std::string, int> seen;
  for (PlanPart& part : parts)
    if (const int count = ++seen[part.name]; count > 1) part.name += fmt::format("#{}", count);
}

// ---- buffers

class Buffers {
 public:
  Buffers(Plan& plan, const ir::Graph& graph, const Joins& joins)
      : plan_(plan), graph_(graph), joins_(joins) {}
  size_t of(ir::NodeId id) {
    if (const auto joined = joins_.joined.find(id); joined != joins_.joined.end())
      id = joined->second;
    const auto [at, is_new] = index_.try_emplace(id, plan_.buffers.size());
    const size_t buffer = at->second;
    if (!is_new) return buffer;
    plan_.buffers.push_back({graph_.node(id).name, graph_.node(id).type});
    const auto inside = joins_.inside.find(id);
    if (inside == joins_.inside.end()) return buffer;
    PlanBuffer::Inside where{of(inside->second.whole), inside->second.offset};
    if (const auto& further = plan_.buffers[where.buffer].inside)
      where = {further->buffer, further->offset + where.offset};
    plan_.buffers[buffer].inside = where;
    return buffer;
  }
  std::vector<size_t> of(const std::vector<ir::NodeId>& ids) {
    std::vector<size_t> buffers;
    for (const ir::NodeId id : ids) buffers.push_back(of(id));
    return buffers;
  }

 private:
  Plan& plan_;
  const ir::Graph& graph_;
  const Joins& joins_;
  std::map<ir::NodeId, size_t> index_;
};

// ---- parts

ir::Model part_model(const ir::Model& whole, ir::Graph graph, engines::Precision precision) {
  ir::Model model{std::move(graph), {}, whole.name, whole.preprocess};
  for (const ir::WeightSlot& slot : ir::weight_slots(model.graph))
    if (const ir::Tensor* tensor = whole.weights.find(slot.name))
      model.weights.set(slot.name, *tensor);
  return precision == engines::Precision::int8 ? model : ir::to_float(model);
}

size_t keep_processor(Plan& plan, const engines::Processor& processor) {
  const auto same = [&](const engines::Processor& p) { return p.name == processor.name; };
  const auto found = std::find_if(plan.processors.begin(), plan.processors.end(), same);
  if (found != plan.processors.end()) return static_cast<size_t>(found - plan.processors.begin());
  plan.processors.push_back(processor);
  return plan.processors.size() - 1;
}

}  // namespace

Plan lay_out(const ir::Model& model, const Partition& cut,
             const std::vector<engines::Processor>& processors) {
  Plan plan;
  plan.network = model.name;
  for (const ir::Node& node : cut.graph.nodes()) plan.stages = std::max(plan.stages, node.at.stage);
  const Joins joins = find_joins(cut);
  Buffers buffers(plan, cut.graph, joins);
  plan.inputs = buffers.of(cut.graph.inputs());
  for (const PartNodes& nodes : leave_out(joins, cut.parts)) {
    const engines::Processor& processor = processors.at(nodes.processor);
    ir::Subgraph piece = ir::subgraph(cut.graph, nodes.nodes);
    PlanPart part;
    describe(part, places(cut.graph, nodes.nodes), plan.stages);
    part.processor = keep_processor(plan, processor);
    part.inputs = buffers.of(piece.inputs);
    part.outputs = buffers.of(piece.outputs);
    part.model = part_model(model, std::move(piece.graph), processor.precision);
    part.after = nodes.after;
    plan.parts.push_back(std::move(part));
  }
  plan.outputs = buffers.of(cut.graph.outputs());
  make_names_unique(plan.parts);
  for (PlanPart& part : plan.parts) part.model.name = fmt::format("{}/{}", model.name, part.name);
  return plan;
}

}  // namespace nnstretch::plan

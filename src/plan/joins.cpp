#include "plan/joins.h"

#include <algorithm>
#include <optional>

#include "base/aligned.h"

namespace nnstretch::plan {
namespace {

// Along this axis pieces of a value are runs of memory.
bool is_contiguous(const ir::Shape& shape, int axis) {
  return std::all_of(shape.begin(), shape.begin() + axis, [](auto n) { return n == 1; });
}

bool is_made_by_another(const ir::Graph& graph, ir::NodeId id, const PartNodes& part) {
  return !part.nodes.count(id) && !ir::is_source(graph.node(id).op) &&
         !graph.op_if<ir::Concat>(id) && !graph.is_output(id);
}

// Where the operands lie in the value; nullopt if it must be copied together.
std::optional<std::vector<size_t>> offsets(const ir::Graph& graph, ir::NodeId id,
                                           const PartNodes& part) {
  const auto* concat = graph.op_if<ir::Concat>(id);
  if (!concat || !is_contiguous(graph.node(id).type.shape, concat->axis)) return std::nullopt;
  std::vector<size_t> offsets;
  size_t at = 0;
  for (const ir::NodeId operand : graph.node(id).inputs) {
    if (at % AlignedBytes::kAlignment || !is_made_by_another(graph, operand, part))
      return std::nullopt;
    offsets.push_back(at);
    at += graph.node(operand).type.bytes();
  }
  return offsets;
}

class Joining {
 public:
  explicit Joining(const Partition& cut) : graph_(cut.graph) {
    for (const PartNodes& part : cut.parts)
      for (const ir::NodeId id : part.nodes)
        if (const auto at = offsets(graph_, id, part)) join(id, *at);
    for (const PartNodes& part : cut.parts)
      for (const ir::NodeId id : part.nodes) slice(id, part);
  }
  Joins result;

 private:
  void join(ir::NodeId id, const std::vector<size_t>& offsets) {
    const auto& operands = graph_.node(id).inputs;
    const auto [first, is_new] = first_.try_emplace(operands, id);
    if (is_new) {
      // A value lies in one place only.
      std::set<ir::NodeId> distinct(operands.begin(), operands.end());
      const auto is_taken = [&](ir::NodeId operand) { return result.inside.count(operand) > 0; };
      if (distinct.size() < operands.size() ||
          std::any_of(operands.begin(), operands.end(), is_taken)) {
        first_.erase(first);
        return;
      }
      for (size_t i = 0; i < operands.size(); ++i) result.inside[operands[i]] = {id, offsets[i]};
    }
    result.joined[id] = first->second;
  }

  void slice(ir::NodeId id, const PartNodes& part) {
    const auto* slice = graph_.op_if<ir::Slice>(id);
    if (!slice || graph_.is_output(id) || is_read_by_another(id, part)) return;
    const ir::NodeId from = graph_.node(id).inputs[0];
    const bool is_here = part.nodes.count(from) && !result.joined.count(from);
    const ir::TensorType& type = graph_.node(from).type;
    if (is_here || graph_.op_if<ir::Constant>(from) || !is_contiguous(type.shape, slice->axis))
      return;
    const auto units = static_cast<size_t>(type.shape[static_cast<size_t>(slice->axis)]);
    result.inside[id] = {from, type.bytes() / units * static_cast<size_t>(slice->begin)};
    result.slices.insert(id);
  }

  bool is_read_by_another(ir::NodeId id, const PartNodes& part) const {
    const auto& readers = graph_.readers(id);
    return !std::all_of(readers.begin(), readers.end(),
                        [&](ir::NodeId reader) { return part.nodes.count(reader) > 0; });
  }

  const ir::Graph& graph_;
  std::map<std::vector<ir::NodeId>, ir::NodeId> first_;
};

}  // namespace

Joins find_joins(const Partition& cut) { return Joining(cut).result; }

std::vector<PartNodes> leave_out(const Joins& joins, std::vector<PartNodes> parts) {
  std::vector<PartNodes> left;
  std::vector<std::set<size_t>> now(parts.size());  // where each part is; of one that went, those
                                                    // that it came after
  for (size_t i = 0; i < parts.size(); ++i) {
    PartNodes& part = parts[i];
    std::set<size_t> after;
    for (const size_t before : part.after) after.insert(now[before].begin(), now[before].end());
    part.after.assign(after.begin(), after.end());
    for (const auto& [id, first] : joins.joined) part.nodes.erase(id);
    for (const ir::NodeId id : joins.slices) part.nodes.erase(id);
    if (part.nodes.empty()) {
      now[i] = std::move(after);
    } else {
      now[i] = {left.size()};
      left.push_back(std::move(part));
    }
  }
  return left;
}

}  // namespace nnstretch::plan

// Why the parts have no cycle. Write A(n) for the ancestors of n on other processors, D(n) for its
// descendants there; a part is a class of nodes of one processor with equal A and equal D.
// Suppose parts form a cycle. If all are on one processor, A only grows and D only shrinks along an
// edge, so around the cycle both are constant and it is one part. Otherwise the cycle crosses
// processors by edges u1->v1, u2->v2, ...: u1 is in A(v1), A only grows until the cycle leaves that
// processor, so u1 is in A(u2) and is an ancestor of u2, that one of u3, ..., that one of u1: but
// the graph has no cycle.
#include "plan/partition.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "ir/subgraph.h"
#include "plan/meeting_points.h"

namespace nnstretch::plan {
namespace {

using Bits = std::vector<bool>;

void unite(Bits& into, const Bits& from) {
  for (size_t i = 0; i < into.size(); ++i)
    if (from[i]) into[i] = true;
}

// The bits of nodes on other processors than `processor`.
Bits only_foreign(Bits bits, const std::vector<int>& processor_of_bit, int processor) {
  for (size_t i = 0; i < bits.size(); ++i)
    if (processor_of_bit[i] == processor) bits[i] = false;
  return bits;
}

// A(n) and D(n) are told apart by the nodes with an edge to another processor, mostly a handful, so
// only those get a bit: the last foreign node on any way to n is one, and A(n) is what is above it.
class Waits {
 public:
  explicit Waits(const AssignedGraph& assigned) : assigned_(assigned) {
    const ir::Graph& graph = assigned.graph;
    bit_.assign(graph.size(), kNoBit);
    for (ir::NodeId id = 0; id < graph.size(); ++id)
      for (const ir::NodeId reader : graph.readers(id))
        if (crosses(id, reader)) give_bit(id), give_bit(reader);
    if (graph.size() * processor_of_bit_.size() > kMostBits)
      throw ShapeError({.what = "the branches of the network are entangled in too many places",
                        .fix = "run it on one processor"});
    walk();
  }

  // What tells the part of a node.
  std::array<Bits, 2> key(ir::NodeId id) const {
    const int processor = assigned_.processor[id];
    return {only_foreign(above_[id], processor_of_bit_, processor),
            only_foreign(below_[id], processor_of_bit_, processor)};
  }

 private:
  static constexpr size_t kNoBit = static_cast<size_t>(-1);
  static constexpr size_t kMostBits = size_t{1} << 30;

  bool crosses(ir::NodeId from, ir::NodeId to) const {
    return assigned_.processor[from] != kNoProcessor &&
           assigned_.processor[from] != assigned_.processor[to];
  }

  void give_bit(ir::NodeId id) {
    if (bit_[id] != kNoBit) return;
    bit_[id] = processor_of_bit_.size();
    processor_of_bit_.push_back(assigned_.processor[id]);
  }

  void walk() {
    const ir::Graph& graph = assigned_.graph;
    above_.assign(graph.size(), Bits(processor_of_bit_.size()));
    below_ = above_;
    const auto pass = [&](std::vector<Bits>& sets, ir::NodeId from, ir::NodeId to) {
      unite(sets[to], sets[from]);
      if (bit_[from] != kNoBit) sets[to][bit_[from]] = true;
    };
    for (ir::NodeId id = 0; id < graph.size(); ++id)
      for (const ir::NodeId operand : graph.node(id).inputs) pass(above_, operand, id);
    for (ir::NodeId id = static_cast<ir::NodeId>(graph.size()); id-- > 0;)
      for (const ir::NodeId reader : graph.readers(id)) pass(below_, reader, id);
  }

  const AssignedGraph& assigned_;
  std::vector<size_t> bit_;
  std::vector<int> processor_of_bit_;
  std::vector<Bits> above_, below_;
};

// Parts in order of their first node, without `after`; and the part of each node.
std::vector<PartNodes> classes(const AssignedGraph& assigned, std::vector<size_t>& part_of) {
  const Waits waits(assigned);
  std::map<std::pair<int, std::array<Bits, 2>>, size_t> index;
  std::vector<PartNodes> parts;
  part_of.assign(assigned.graph.size(), 0);
  for (ir::NodeId id = 0; id < assigned.graph.size(); ++id) {
    if (assigned.processor[id] == kNoProcessor) continue;
    const auto [at, is_new] =
        index.try_emplace({assigned.processor[id], waits.key(id)}, parts.size());
    if (is_new) parts.push_back({{}, static_cast<size_t>(assigned.processor[id]), {}});
    part_of[id] = at->second;
    parts[at->second].nodes.insert(id);
  }
  return parts;
}

void find_edges(const AssignedGraph& assigned, const std::vector<size_t>& part_of,
                std::vector<PartNodes>& parts) {
  for (size_t part = 0; part < parts.size(); ++part) {
    std::set<size_t> after;
    for (const ir::NodeId id : parts[part].nodes)
      for (const ir::NodeId operand : assigned.graph.node(id).inputs)
        if (assigned.processor[operand] != kNoProcessor && part_of[operand] != part)
          after.insert(part_of[operand]);
    parts[part].after.assign(after.begin(), after.end());
  }
}

double effort_of(const ir::Graph& graph, const PartNodes& part, const CostModel& cost) {
  double sum = 0;
  for (const ir::NodeId id : part.nodes) sum += cost.effort(graph, id);
  return sum;
}

struct Links {
  std::vector<std::vector<size_t>> readers;
  std::vector<size_t> waiting;  // number of parts each still waits for
};

Links links(const std::vector<PartNodes>& parts) {
  Links found{std::vector<std::vector<size_t>>(parts.size()), std::vector<size_t>(parts.size())};
  for (size_t part = 0; part < parts.size(); ++part) {
    found.waiting[part] = parts[part].after.size();
    for (const size_t before : parts[part].after) found.readers[before].push_back(part);
  }
  return found;
}

// Any order in which each part comes after those it reads.
std::vector<size_t> some_order(const std::vector<PartNodes>& parts) {
  Links link = links(parts);
  std::vector<size_t> order;
  for (size_t part = 0; part < parts.size(); ++part)
    if (link.waiting[part] == 0) order.push_back(part);
  for (size_t i = 0; i < order.size(); ++i)
    for (const size_t reader : link.readers[order[i]])
      if (--link.waiting[reader] == 0) order.push_back(reader);
  return order;
}

// Effort from the start of each part to the end of the network along the longest way.
std::vector<double> ways_to_the_end(const ir::Graph& graph, const std::vector<PartNodes>& parts,
                                    const CostModel& cost) {
  const std::vector<size_t> order = some_order(parts);
  const Links link = links(parts);
  std::vector<double> way(parts.size());
  for (auto part = order.rbegin(); part != order.rend(); ++part) {
    for (const size_t reader : link.readers[*part]) way[*part] = std::max(way[*part], way[reader]);
    way[*part] += effort_of(graph, parts[*part], cost);
  }
  return way;
}

// Of the parts that may come next, the one with the longest way to the end: workers take their
// parts in this order.
std::vector<size_t> best_order(const ir::Graph& graph, const std::vector<PartNodes>& parts,
                               const CostModel& cost) {
  const std::vector<double> way = ways_to_the_end(graph, parts, cost);
  const auto later = [&](size_t a, size_t b) {
    return std::pair(-way[a], a) < std::pair(-way[b], b);
  };
  std::set<size_t, decltype(later)> ready(later);
  Links link = links(parts);
  for (size_t part = 0; part < parts.size(); ++part)
    if (link.waiting[part] == 0) ready.insert(part);
  std::vector<size_t> order;
  while (!ready.empty()) {
    order.push_back(*ready.begin());
    ready.erase(ready.begin());
    for (const size_t reader : link.readers[order.back()])
      if (--link.waiting[reader] == 0) ready.insert(reader);
  }
  return order;
}

std::vector<PartNodes> reorder(std::vector<PartNodes> parts, const std::vector<size_t>& order) {
  std::vector<size_t> now(parts.size());
  for (size_t i = 0; i < order.size(); ++i) now[order[i]] = i;
  std::vector<PartNodes> sorted;
  for (const size_t old : order) {
    sorted.push_back(std::move(parts[old]));
    for (size_t& before : sorted.back().after) before = now[before];
    std::sort(sorted.back().after.begin(), sorted.back().after.end());
  }
  return sorted;
}

}  // namespace

std::vector<std::string> roles_of(const ir::Graph& graph) {
  const ir::Graph live = ir::with_outputs(graph, graph.outputs());
  std::vector<std::string> roles;
  for (ir::NodeId id = 0; id < live.size(); ++id) {
    if (ir::is_source(live.node(id).op)) continue;
    if (live.op_if<ir::Concat>(id) && !live.is_output(id)) continue;
    const std::string& role = live.node(id).at.role;
    if (std::find(roles.begin(), roles.end(), role) == roles.end()) roles.push_back(role);
  }
  return roles;
}

Partition partition(const ir::Graph& graph, const Assignment& assignment, const CostModel& cost) {
  AssignedGraph assigned = assign(graph, assignment);
  std::vector<size_t> part_of;
  std::vector<PartNodes> parts = classes(assigned, part_of);
  if (parts.empty())
    throw ShapeError({.what = "the network has nothing to compute", .fix = "check its outputs"});
  find_edges(assigned, part_of, parts);
  const std::vector<size_t> order = best_order(assigned.graph, parts, cost);
  return {std::move(assigned.graph), reorder(std::move(parts), order)};
}

}  // namespace nnstretch::plan

// Cutting a graph into parts that one processor runs in one call. Data flow decides, never names.
//
// A concatenation where processors meet is a copy: each processor that reads it gets its own,
// inside the part that reads. Then two nodes of a processor are in one part if and only if they
// wait for the same values of other processors and the same values of other processors wait for
// them. So a part never waits for something that one of its nodes does not need, and nobody waits
// for a part longer than for the nodes he needs; and the parts have no cycle (partition.cpp has the
// proof).
#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "plan/cost_model.h"

namespace nnstretch::plan {

// Who computes a node: the processor of its role, unless the node itself was moved.
struct Assignment {
  std::map<std::string, size_t> roles;
  std::map<std::string, size_t> nodes = {};  // by name
};

struct PartNodes {
  std::set<ir::NodeId> nodes;  // of Partition::graph; no Input among them
  size_t processor = 0;
  std::vector<size_t> after;  // parts whose values it reads, ascending
};

struct Partition {
  ir::Graph graph;               // the network, meeting points cloned, nodes that nobody needs gone
  std::vector<PartNodes> parts;  // each after those it reads, longest way to the end first
};

// Roles of the nodes that compute, in order of first use. Inputs have none, and of a concatenation
// only that of the network's output counts: others may be copied to where they are read.
std::vector<std::string> roles_of(const ir::Graph& graph);

// ShapeError if a role of roles_of(graph) has no processor, or the network does nothing.
Partition partition(const ir::Graph& graph, const Assignment& assignment,
                    const CostModel& cost = {});

}  // namespace nnstretch::plan

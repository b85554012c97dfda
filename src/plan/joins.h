// Concatenations and slices that cost nothing. Where operands lie one after another in memory
// anyway, those who make them write into the one value, and those who read it find it whole; who
// needs a run of a value that is one run in memory too reads it there.
#pragma once
#include <map>

#include "plan/partition.h"

namespace nnstretch::plan {

// Nodes that no part computes.
struct Joins {
  struct Inside {
    ir::NodeId whole;
    size_t offset;  // in bytes
  };
  // Concatenations; of copies with the same operands, the one that stands for all.
  std::map<ir::NodeId, ir::NodeId> joined;
  // Operands of those, and slices.
  std::map<ir::NodeId, Inside> inside;
  std::set<ir::NodeId> slices;
};

// Joined is a concatenation along an axis with nothing but ones before it, of values that other
// parts make, each beginning at a multiple of 64 bytes; inside is a slice along such an axis of a
// value that another part makes, or the caller.
Joins find_joins(const Partition& cut);

// The parts without those nodes; those that had nothing else to do are gone.
std::vector<PartNodes> leave_out(const Joins& joins, std::vector<PartNodes> parts);

}  // namespace nnstretch::plan

// Where to cut a run of nodes, and which pieces to share. Every node of the graph is read or given
// out.
#pragma once
#include <vector>

#include "ir/shares.h"
#include "plan/cost_model.h"

namespace nnstretch::plan {

// Nodes of one core, in the graph's order, that are computed together.
struct Piece {
  std::vector<ir::NodeId> nodes;
  std::optional<ir::Along> along;  // none: not shared
};

// Of each node of a piece the range that one of `shares` cores computes; parallel to piece.nodes.
// Empty ranges cannot be: nullopt if a node cannot be shared along the axis.
std::optional<std::vector<ir::Range>> ranges_of_share(const ir::Graph& graph, const Piece& piece,
                                                      int share, int shares);

// What a share gives of a value that leaves the piece: all shares together give all of it, once.
// nullopt if the value does not leave.
std::optional<ir::Range> leaves(const ir::Graph& graph, const Piece& piece, ir::NodeId id,
                                int share, int shares);

// Of nodes computed as one piece in the best way, meeting point included.
double cost_of(const ir::Graph& graph, const std::vector<ir::NodeId>& nodes, int shares,
               const CostModel& cost);

// The pieces with the least sum of the longest shares and meeting points.
std::vector<Piece> cut_into_pieces(const ir::Graph& graph, const std::vector<ir::NodeId>& run,
                                   int shares, const CostModel& cost);

}  // namespace nnstretch::plan

// Shares of an operator: a range of its value, computed from no more of its operands than it needs,
// to the same bytes. Rows carry a border that neighbours compute twice; channels need no border,
// but a dense layer then reads its whole operand.
#pragma once
#include <optional>

#include "ir/graph.h"

namespace nnstretch::ir {

// From `begin` to before `end`, along one axis.
struct Range {
  int64_t begin = 0, end = 0;
  int64_t size() const { return end - begin; }
  bool operator==(const Range&) const = default;
};

enum class Along { rows, channels };  // of NHWC; features of (N, C) are channels

// The axis in a shape of 2 or 4 dimensions; nullopt if it has none.
std::optional<int> axis_of(Along along, const Shape& shape);
// All of a shape along an axis.
Range whole(Along along, const Shape& shape);

// What the range `out` of a node's value needs of each operand, along the same axis; nullopt if the
// operator cannot be computed in such shares.
std::optional<std::vector<Range>> operands_of_share(const Graph& graph, NodeId id, Along along,
                                                    Range out);

// The node that computes just this range, from operands that hold just operands_of_share(). It
// needs a name and operands of its own. Weights of which it reads a part are added to `weights`.
NodeSpec share_of(const Graph& graph, NodeId id, Along along, Range out, WeightStore& weights);

}  // namespace nnstretch::ir

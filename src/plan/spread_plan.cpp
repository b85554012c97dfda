#include "plan/spread_plan.h"

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>

#include "base/aligned.h"
#include "plan/cost_model.h"

namespace nnstretch::plan {
namespace {

// Longer pieces have no less cost: borders grow with every window.
constexpr size_t kLongestPiece = 24;
// The least number of elements in which a side is dealt: a vector of channels, a row.
constexpr int64_t kChannels = 16, kRows = 1;

bool is_read_outside(const ir::Graph& graph, ir::NodeId id, const std::vector<ir::NodeId>& nodes) {
  const auto inside = [&](ir::NodeId reader) {
    return std::binary_search(nodes.begin(), nodes.end(), reader);
  };
  const auto& readers = graph.readers(id);
  return graph.is_output(id) || !std::all_of(readers.begin(), readers.end(), inside);
}

// The number of elements along an axis in which it is dealt: shares that begin at whole cache lines
// can be joined without a copy (joins.h), unless that would make them uneven.
int64_t unit_of(const ir::Shape& shape, ir::Along along, int shares) {
  int64_t step = 1;  // of int8 values
  for (size_t axis = static_cast<size_t>(*ir::axis_of(along, shape)) + 1; axis < shape.size();
       ++axis)
    step *= shape[axis];
  constexpr int64_t kLine = AlignedBytes::kAlignment;
  const int64_t unit = kLine / std::gcd(kLine, step);
  if (ir::whole(along, shape).size() / unit >= 7 * shares) return unit;
  return along == ir::Along::channels ? kChannels : kRows;
}

// The share of one core of a value that leaves the piece.
std::optional<ir::Range> dealt(const ir::Shape& shape, ir::Along along, int share, int shares) {
  if (!ir::axis_of(along, shape)) return std::nullopt;
  const int64_t unit = unit_of(shape, along, shares);
  const int64_t units = ir::whole(along, shape).size() / unit;
  if (units < shares) return std::nullopt;
  const auto edge = [&](int k) {
    return k == shares ? ir::whole(along, shape).end : units * k / shares * unit;
  };
  return ir::Range{edge(share), edge(share + 1)};
}

void widen(std::optional<ir::Range>& range, const ir::Range& other) {
  if (range)
    *range = {std::min(range->begin, other.begin), std::max(range->end, other.end)};
  else
    range = other;
}

// Constants are not cut, nor values in uint8, on which only conversions compute: a node that needs
// a part of one is not shared.
bool cuts_what_stays_whole(const ir::Graph& graph, ir::NodeId operand, ir::Along along,
                           const ir::Range& needed) {
  const ir::TensorType& type = graph.node(operand).type;
  const bool stays = graph.op_if<ir::Constant>(operand) || type.dtype == DType::u8;
  return stays && needed != ir::whole(along, type.shape);
}

double longest_share(const ir::Graph& graph, const Piece& piece, int shares,
                     const CostModel& cost) {
  double longest = 0;
  for (int share = 0; share < shares; ++share) {
    const auto ranges = ranges_of_share(graph, piece, share, shares);
    if (!ranges) return std::numeric_limits<double>::infinity();
    double sum = 0;
    for (size_t i = 0; i < piece.nodes.size(); ++i) {
      const auto all = ir::whole(*piece.along, graph.node(piece.nodes[i]).type.shape);
      sum += cost.effort(graph, piece.nodes[i]) * static_cast<double>((*ranges)[i].size()) /
             static_cast<double>(all.size());
    }
    longest = std::max(longest, sum);
  }
  return longest;
}

// The best way to compute these nodes as one piece, and what it costs.
std::pair<double, Piece> best_piece(const ir::Graph& graph, std::vector<ir::NodeId> nodes,
                                    int shares, const CostModel& cost) {
  double least = 0;
  for (const ir::NodeId id : nodes) least += cost.effort(graph, id);
  Piece best{std::move(nodes), std::nullopt};
  for (const ir::Along along : {ir::Along::rows, ir::Along::channels}) {
    const double shared = longest_share(graph, {best.nodes, along}, shares, cost) + cost.meeting;
    if (shared < least) least = shared, best.along = along;
  }
  return {least, std::move(best)};
}

}  // namespace

std::optional<std::vector<ir::Range>> ranges_of_share(const ir::Graph& graph, const Piece& piece,
                                                      int share, int shares) {
  const ir::Along along = *piece.along;
  std::map<ir::NodeId, std::optional<ir::Range>> needed;
  for (size_t i = piece.nodes.size(); i-- > 0;) {
    const ir::NodeId id = piece.nodes[i];
    if (graph.node(id).type.dtype == DType::u8) return std::nullopt;
    std::optional<ir::Range>& range = needed[id];
    if (is_read_outside(graph, id, piece.nodes)) {
      const auto own = dealt(graph.node(id).type.shape, along, share, shares);
      if (!own) return std::nullopt;
      widen(range, *own);
    }
    const auto operands = ir::operands_of_share(graph, id, along, *range);
    if (!operands) return std::nullopt;
    for (size_t k = 0; k < operands->size(); ++k) {
      const ir::NodeId operand = graph.node(id).inputs[k];
      if (cuts_what_stays_whole(graph, operand, along, (*operands)[k])) return std::nullopt;
      if (std::binary_search(piece.nodes.begin(), piece.nodes.end(), operand))
        widen(needed[operand], (*operands)[k]);
    }
  }
  std::vector<ir::Range> ranges;
  for (const ir::NodeId id : piece.nodes) ranges.push_back(*needed[id]);
  return ranges;
}

std::optional<ir::Range> leaves(const ir::Graph& graph, const Piece& piece, ir::NodeId id,
                                int share, int shares) {
  if (!is_read_outside(graph, id, piece.nodes)) return std::nullopt;
  return dealt(graph.node(id).type.shape, *piece.along, share, shares);
}

double cost_of(const ir::Graph& graph, const std::vector<ir::NodeId>& nodes, int shares,
               const CostModel& cost) {
  return best_piece(graph, nodes, shares, cost).first;
}

std::vector<Piece> cut_into_pieces(const ir::Graph& graph, const std::vector<ir::NodeId>& run,
                                   int shares, const CostModel& model) {
  std::vector<double> cost(run.size() + 1, std::numeric_limits<double>::infinity());
  std::vector<Piece> last(run.size() + 1);  // of the best way for the first nodes of the run
  cost[0] = 0;
  for (size_t end = 1; end <= run.size(); ++end)
    for (size_t begin = end - std::min(end, kLongestPiece); begin < end; ++begin) {
      auto [more, piece] = best_piece(graph, {&run[begin], &run[0] + end}, shares, model);
      if (cost[begin] + more >= cost[end]) continue;
      cost[end] = cost[begin] + more;
      last[end] = std::move(piece);
    }
  std::vector<Piece> pieces;
  for (size_t end = run.size(); end > 0; end -= pieces.back().nodes.size())
    pieces.push_back(last[end]);
  std::reverse(pieces.begin(), pieces.end());
  return pieces;
}

}  // namespace nnstretch::plan

#include "search/latencies.h"

#include <algorithm>
#include <cmath>

#include "measure/statistics.h"

namespace nnstretch::search {
namespace {

// The value at `x` on a line through points around it; nothing outside of them.
std::optional<double> between(const std::map<int, double>& points, int x) {
  const auto above = points.lower_bound(x);
  if (above == points.end()) return std::nullopt;
  if (above->first == x) return above->second;
  if (above == points.begin()) return std::nullopt;
  const auto below = std::prev(above);
  const double share = static_cast<double>(x - below->first) / (above->first - below->first);
  return below->second + share * (above->second - below->second);
}

}  // namespace

void Table::add(int depth, int width, int w_in, double us) {
  const auto [known, fresh] = widths_[width][w_in].try_emplace(depth, us);
  if (!fresh) known->second = std::min(known->second, us);
}

std::optional<double> Table::us(int depth, int width, int w_in) const {
  const auto of_width = widths_.find(width);
  if (of_width == widths_.end()) return std::nullopt;
  std::map<int, double> at_depth;  // input width -> microseconds
  for (const auto& [input, depths] : of_width->second)
    if (const auto us = between(depths, depth)) at_depth[input] = *us;
  return between(at_depth, w_in);
}

Latencies::Latencies(const Profile& profile) {
  for (const Point& point : profile.points)
    if (!point.held_out)
      tables_[point.kind][point.piece.series].add(point.piece.depth, point.piece.width,
                                                  point.piece.w_in, point.us);
}

const Table* Latencies::table(const std::string& kind, const std::string& series) const {
  const auto of_kind = tables_.find(kind);
  if (of_kind == tables_.end()) return nullptr;
  const auto found = of_kind->second.find(series);
  return found == of_kind->second.end() ? nullptr : &found->second;
}

std::optional<double> Latencies::us(const std::string& kind, const Piece& piece) const {
  const Table* found = table(kind, piece.series);
  if (!found) return std::nullopt;
  return found->us(piece.depth, piece.width, piece.w_in);
}

std::vector<HeldOut> held_out_errors(const Profile& profile, const Latencies& latencies) {
  std::map<std::string, std::map<Piece, double>> measured;  // the faster of two times
  for (const Point& point : profile.points) {
    if (!point.held_out) continue;
    const auto [known, fresh] = measured[point.kind].try_emplace(point.piece, point.us);
    if (!fresh) known->second = std::min(known->second, point.us);
  }
  std::vector<HeldOut> all;
  for (const auto& [kind, points] : measured) {
    std::vector<double> errors;
    for (const auto& [piece, us] : points)
      if (const auto predicted = latencies.us(kind, piece))
        errors.push_back(std::abs(*predicted / us - 1));
    if (!errors.empty())
      all.push_back(
          {kind, errors.size(), measure::median(errors), *std::ranges::max_element(errors)});
  }
  return all;
}

}  // namespace nnstretch::search

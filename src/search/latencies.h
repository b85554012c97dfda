// What a profile says of pieces, also of those between its points: straight lines between depths
// and between input widths. Widths have no between: latency is a staircase in them.
//     const Latencies latencies(profile);
//     latencies.us("auto cpu int8", piece);   // nothing: the profile has no such points
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "search/profile.h"

namespace nnstretch::search {

// The points of one series on one kind of processor.
class Table {
 public:
  // Of a point given twice the faster time: nothing but chance makes a piece slower.
  void add(int depth, int width, int w_in, double us);
  // Microseconds; nothing for a width without points, or beyond the points of that width.
  std::optional<double> us(int depth, int width, int w_in) const;

 private:
  using ByDepth = std::map<int, double>;
  std::map<int, std::map<int, ByDepth>> widths_;  // width -> w_in -> depth -> microseconds
};

class Latencies {
 public:
  explicit Latencies(const Profile& profile);
  // Null if there are no points at all.
  const Table* table(const std::string& kind, const std::string& series) const;
  std::optional<double> us(const std::string& kind, const Piece& piece) const;

 private:
  std::map<std::string, std::map<std::string, Table>> tables_;  // by kind and series
};

// How far predictions are from points that were held out, of one kind of processor.
struct HeldOut {
  std::string kind;
  size_t points = 0;
  double median = 0, worst = 0;  // of |predicted / measured - 1|
};
// Kinds without such points are not in it.
std::vector<HeldOut> held_out_errors(const Profile& profile, const Latencies& latencies);

}  // namespace nnstretch::search

// Which pieces a profile needs so that every branching of some networks can be predicted: each
// width that a branch may have, the least and the most depth, three input widths, and of stem,
// head and meeting points what there can be.
//     Grid grid(3);                        // branches at most
//     grid.add(Plain(config, 224));
//     for (const GridPiece& one : grid.pieces()) time(one.piece, one.graph());
#pragma once
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "search/plain.h"

namespace nnstretch::search {

struct GridPiece {
  Piece piece;
  std::function<ir::Graph()> graph;  // as PlacedPiece::graph; made when it is asked for
};

class Grid {
 public:
  explicit Grid(int most_branches) : most_branches_(most_branches) {}

  // All that the network can become, and itself. It is copied.
  void add(const Plain& plain);
  // What a configured network has, whatever else is timed: its widths join those of a series.
  void add(const config::Config& config, int im_size);

  std::vector<GridPiece> pieces() const;
  // Pieces between those, drawn at random: what a profile is tried on.
  std::vector<GridPiece> held_out(size_t each_series) const;

 private:
  // Makes the graph of a piece of the series.
  using Make = std::function<ir::Graph(int depth, int width, int w_in)>;
  struct Series {
    std::set<int> depths, widths, w_ins;
    Make make;
  };
  void add_piece(const Piece& piece, const Make& make);
  std::vector<int> input_widths(const Plain& plain, int stage) const;

  int most_branches_;
  std::map<std::string, Series> series_;
};

}  // namespace nnstretch::search

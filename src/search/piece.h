// A network as the pieces that processors run: stem, branches, meeting points, head. A piece is
// known by its own shape, so networks that have such a piece share its time.
//     const Layout layout = layout_of(config, 224);
//     layout.stages[0].branches[1].piece.series;  // "res_basic_block side=56 stride=1 act=relu"
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "ir/graph.h"

namespace nnstretch::search {

struct Piece {
  std::string series;  // all of its shape but these three:
  int depth = 1;       // blocks
  int width = 0;       // channels that its blocks give; of a meeting point how many branches meet
  int w_in = 0;        // channels that it reads
  auto operator<=>(const Piece&) const = default;
};
// "res_basic_block side=56 stride=1 act=relu, depth 3, width 64, 64 channels in"
std::string to_string(const Piece& piece);

// A piece, whose work it is, and its float network (batch norms stand for themselves).
struct PlacedPiece {
  std::string role;
  Piece piece;
  ir::Graph graph;
};

struct StageLayout {
  std::vector<PlacedPiece> branches;
  std::optional<PlacedPiece> meeting;  // none of a stage of one branch
};

struct Layout {
  PlacedPiece stem;
  std::vector<StageLayout> stages;
  PlacedPiece head;
};

// For an input of im_size x im_size pixels. ConfigError or ShapeError as nets::build().
Layout layout_of(const config::Config& config, int im_size);

// One branch alone, for those who vary it: stage and branch from 0, `side` of its input.
PlacedPiece branch_piece(const config::Config& config, int stage, int branch, int side, int w_in);
PlacedPiece meeting_piece(const config::Config& config, int stage, int side,
                          const std::vector<int>& widths);
PlacedPiece stem_piece(const config::Config& config, int im_size);
PlacedPiece head_piece(const config::Config& config, int side, int w_in);

}  // namespace nnstretch::search

#include "search/grid.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>

#include "base/random.h"
#include "config/column.h"
#include "config/stages.h"

namespace nnstretch::search {
namespace {

using config::List;

// Three values at even distances, the outer ones as they are, the middle one in whole steps.
std::set<int> knots(int least, int most, int step) {
  const int middle = least + (most - least) / 2 / step * step;
  return {least, middle, most};
}

// The configuration with one branch's depth and width changed.
config::Config with_size(const config::Config& config, int stage, int branch,
                         nets::BranchSize size) {
  config::Config changed = config;
  const auto stages = config::stages(config);
  const auto& whole = stages.at(stage);
  const auto inner = [&](int width) {
    return static_cast<int>(std::nearbyint(width * whole.branches.at(branch).bot_mul));
  };
  List depths, widths, groups;
  for (int j = 0; j < static_cast<int>(whole.branches.size()); ++j) {
    const config::Branch& one = whole.branches[j];
    const bool dense = !one.group_w || *one.group_w >= inner(one.width);
    depths.emplace_back(j == branch ? size.depth : one.depth);
    widths.emplace_back(j == branch ? size.width : one.width);
    const int group = one.group_w.value_or(inner(one.width));
    groups.emplace_back(j == branch && dense ? inner(size.width) : group);
  }
  changed.anynet.depths.at(stage) = std::move(depths);
  changed.anynet.widths.at(stage) = std::move(widths);
  if (!changed.anynet.group_ws.empty()) changed.anynet.group_ws.at(stage) = std::move(groups);
  return changed;
}

}  // namespace

void Grid::add_piece(const Piece& piece, const Make& make) {
  Series& series = series_[piece.series];
  if (!series.make) series.make = make;
  series.depths.insert(piece.depth);
  series.widths.insert(piece.width);
  // Between two that are timed a further one is not needed.
  const bool between = !series.w_ins.empty() && *series.w_ins.begin() < piece.w_in &&
                       piece.w_in < *series.w_ins.rbegin();
  if (!between) series.w_ins.insert(piece.w_in);
}

// What a stage can read: what one branch to the most branches of the stage before it give.
std::vector<int> Grid::input_widths(const Plain& plain, int stage) const {
  if (stage == 0) return {plain.stages()[0].w_in};
  const auto widths = plain.widths(stage - 1, kLeastWidth);
  std::set<int> found;
  for (int count = 1; count <= most_branches_; ++count)
    for (const int width : {widths.front(), widths.back()})
      found.insert(plain.meeting_width(stage - 1, std::vector<int>(count, width)));
  if (!plain.fixed_meetings())
    found = knots(*found.begin(), *found.rbegin(), plain.stages()[stage - 1].step);
  return {found.begin(), found.end()};
}

void Grid::add(const Plain& given) {
  const auto plain = std::make_shared<const Plain>(given);
  const int stages = static_cast<int>(plain->stages().size());
  for (int stage = 0; stage < stages; ++stage) {
    const auto depths = plain->depths(stage, kLeastDepth);
    const auto w_ins = input_widths(*plain, stage);
    for (int count = 1; count <= (plain->fixed_meetings() ? most_branches_ : 1); ++count) {
      const Make make = [plain, stage, count](int depth, int width, int w_in) {
        return plain->branch(stage, count, {depth, width}, w_in).graph;
      };
      for (const int width : plain->widths(stage, kLeastWidth)) {
        const Piece any = plain->branch(stage, count, {depths.back(), width}, w_ins[0]).piece;
        for (const int depth : {depths.front(), depths.back()})
          add_piece({any.series, depth, width, any.w_in}, make);
        series_[any.series].w_ins.insert(w_ins.begin(), w_ins.end());
      }
    }
    for (int count = 2; count <= most_branches_; ++count) {
      const auto widths = plain->widths(stage, kLeastWidth);
      const Make make = [plain, stage](int, int branches, int w_in) {
        return plain->meeting(stage, branches, w_in).graph;
      };
      for (const int width : {widths.front(), widths.back()})
        add_piece(
            plain
                ->meeting(stage, count, plain->meeting_width(stage, std::vector<int>(count, width)))
                .piece,
            make);
    }
  }
  for (const int w_in : input_widths(*plain, stages))
    add_piece(plain->head(w_in).piece,
              [plain](int, int, int width) { return plain->head(width).graph; });
  add(plain->config(), plain->im_size());
}

void Grid::add(const config::Config& config, int im_size) {
  const auto shared = std::make_shared<const config::Config>(config);
  const Layout layout = layout_of(config, im_size);
  add_piece(layout.stem.piece,
            [shared, im_size](int, int, int) { return stem_piece(*shared, im_size).graph; });
  for (int i = 0; i < static_cast<int>(layout.stages.size()); ++i) {
    const StageLayout& stage = layout.stages[i];
    const auto side_in = [](const PlacedPiece& placed) {
      const ir::Graph& graph = placed.graph;
      return static_cast<int>(graph.node(graph.inputs().at(0)).type.shape.at(1));
    };
    for (int j = 0; j < static_cast<int>(stage.branches.size()); ++j)
      add_piece(stage.branches[j].piece, [shared, i, j, side = side_in(stage.branches[j])](
                                             int depth, int width, int w_in) {
        return branch_piece(with_size(*shared, i, j, {depth, width}), i, j, side, w_in).graph;
      });
    if (stage.meeting)
      add_piece(stage.meeting->piece,
                [shared, i, side = side_in(*stage.meeting)](int, int branches, int w_in) {
                  std::vector<int> widths(branches, w_in / branches);
                  widths.back() += w_in % branches;
                  return meeting_piece(*shared, i, side, widths).graph;
                });
  }
  const ir::Graph& head = layout.head.graph;
  const auto side = static_cast<int>(head.node(head.inputs().at(0)).type.shape.at(1));
  add_piece(layout.head.piece,
            [shared, side](int, int, int w_in) { return head_piece(*shared, side, w_in).graph; });
}

std::vector<GridPiece> Grid::pieces() const {
  std::vector<GridPiece> all;
  for (const auto& [name, series] : series_)
    for (const int depth : std::set{*series.depths.begin(), *series.depths.rbegin()})
      for (const int width : series.widths)
        for (const int w_in : series.w_ins)
          all.push_back({{name, depth, width, w_in}, [make = series.make, depth, width, w_in] {
                           return make(depth, width, w_in);
                         }});
  return all;
}

std::vector<GridPiece> Grid::held_out(size_t each_series) const {
  std::vector<GridPiece> all;
  uint64_t number = 0;
  for (const auto& [name, series] : series_) {
    KeyedRandom random({++number});
    const int least = *series.depths.begin(), most = *series.depths.rbegin();
    const int narrow = *series.w_ins.begin(), wide = *series.w_ins.rbegin();
    const bool between = most - least > 1 || wide - narrow > 8;
    for (size_t i = 0; between && i < each_series; ++i) {
      auto width = series.widths.begin();
      std::advance(width, random.below(static_cast<int64_t>(series.widths.size())));
      const int depth = least + static_cast<int>(random.below(most - least + 1));
      const int w_in = narrow + static_cast<int>(random.below((wide - narrow) / 8 + 1)) * 8;
      const bool timed = (depth == least || depth == most) && series.w_ins.contains(w_in);
      if (!timed)
        all.push_back(
            {{name, depth, *width, w_in}, [make = series.make, depth, width = *width, w_in] {
               return make(depth, width, w_in);
             }});
    }
  }
  return all;
}

}  // namespace nnstretch::search

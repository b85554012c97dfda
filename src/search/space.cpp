#include "search/space.h"

#include <algorithm>
#include <cmath>

namespace nnstretch::search {
namespace {

int64_t to_ns(double us) { return std::llround(us * 1000); }

std::string fastest(const std::vector<std::string>& roles, const auto& us_of) {
  return *std::ranges::min_element(roles, {}, us_of);
}

}  // namespace

Space::Space(const Plain& plain, const Predictor& predictor, const Wishes& wishes)
    : plain_(plain), predictor_(predictor), wishes_(wishes) {
  for (size_t stage = 0; stage < plain.stages().size(); ++stage)
    floors_.push_back(static_cast<int64_t>(std::ceil(
        wishes.share_of(stage) * static_cast<double>(plain.stages()[stage].cost.flops) - 1e-6)));
  const PlacedPiece stem = plain.stem();
  stem_ = stem.piece;
  stem_cost_ = ir::cost_of(stem.graph);
}

double Space::stem_us(const std::string& role) const { return predictor_.us(role, stem_, false); }
double Space::head_us(const std::string& role, int w_in) const {
  Piece piece = heads_.at(w_in).piece;
  return predictor_.us(role, piece, false);
}

std::string Space::best_for_stem(const std::vector<std::string>& devices) const {
  return fastest(devices, [&](const std::string& role) { return stem_us(role); });
}
std::string Space::best_for_head(const std::vector<std::string>& devices, int w_in) const {
  return fastest(devices, [&](const std::string& role) { return head_us(role, w_in); });
}

// Every width and depth that a branch of the stage may have, with the table of its times.
const std::vector<Space::Branch>& Space::branches(int stage, int count, const std::string& kind) {
  const auto [known, fresh] = branches_.try_emplace({stage, count, kind});
  if (!fresh) return known->second;
  for (const int width : plain_.widths(stage, wishes_.least_width)) {
    const int w_in = plain_.stages()[stage].w_in;
    const Piece piece = plain_.branch(stage, count, {1, width}, w_in).piece;
    const Table* table = predictor_.latencies().table(kind, piece.series);
    if (!table) predictor_.refuse(kind, piece);
    for (const int depth : plain_.depths(stage, wishes_.depth_share))
      known->second.push_back({{depth, width}, table, piece});
  }
  return known->second;
}

const std::vector<Choice>& Space::choices(int stage, int count, const std::string& role, int w_in) {
  const Profile& profile = predictor_.profile();
  const std::string& kind = profile.machine.of_role(role).kind;
  const auto [known, fresh] = choices_.try_emplace({stage, count, kind, w_in});
  if (!fresh) return known->second;
  const double factor = count > 1 ? profile.factor_of(kind) : 1;
  for (const Branch& branch : branches(stage, count, kind)) {
    const auto us = branch.table->us(branch.size.depth, branch.size.width, w_in);
    if (!us)
      predictor_.refuse(kind, {branch.piece.series, branch.size.depth, branch.size.width, w_in});
    const ir::Cost cost = plain_.branch_cost(stage, count, branch.size, w_in);
    const int share =
        plain_.fixed_meetings() ? plain_.stages()[stage].width / count : branch.size.width;
    known->second.push_back({branch.size, share, {to_ns(*us * factor), -cost.flops, cost.params}});
  }
  return known->second;
}

std::vector<Way> Space::ways(const std::vector<std::string>& devices, int stage, int w_in) {
  std::vector<Way> all;
  for (int count = 1; count <= static_cast<int>(devices.size()); ++count) {
    Way& way = all.emplace_back();
    way.least_work = floors_[stage];
    for (int j = 0; j < count; ++j) way.slots.push_back(choices(stage, count, devices[j], w_in));
    if (count == 1) continue;
    way.extra = [this, role = devices[0], stage, count](int out) {
      const auto [known, fresh] = meetings_.try_emplace({stage, count, out});
      if (fresh) known->second = plain_.meeting(stage, count, out).piece;
      return Totals{.ns = to_ns(predictor_.us(role, known->second, false))};
    };
  }
  return all;
}

Problem Space::problem(std::vector<std::string> devices) {
  Problem problem{
      .stages = static_cast<int>(plain_.stages().size()),
      .w_in = plain_.stages()[0].w_in,
      .stem = {to_ns(stem_us(best_for_stem(devices))), -stem_cost_.flops, stem_cost_.params}};
  problem.head = [this, devices](int w_in) {
    const auto [known, fresh] = heads_.try_emplace(w_in);
    if (fresh) known->second = plain_.head(w_in);
    const ir::Cost cost = ir::cost_of(known->second.graph);
    return Totals{to_ns(head_us(best_for_head(devices, w_in), w_in)), -cost.flops, cost.params};
  };
  problem.ways = [this, devices](int stage, int w_in) { return ways(devices, stage, w_in); };
  return problem;
}

}  // namespace nnstretch::search

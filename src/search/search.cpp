#include "search/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/error.h"
#include "nets/build.h"
#include "search/space.h"

namespace nnstretch::search {
namespace {

// A stage with less of the plain one's multiply-adds, or a network with less of its parameters, is
// named: networks like that are fast and no longer what they were.
constexpr double kStarved = 0.5;

double share(int64_t part, int64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

ir::Cost whole_cost(const Plain& plain) {
  return ir::cost_of(nets::build(plain.config(), plain.im_size()));
}

// Orders of the roles that differ in their kinds.
std::vector<std::vector<std::string>> orders_of(std::vector<std::string> roles,
                                                const ProfiledMachine& machine) {
  std::vector<std::vector<std::string>> orders;
  std::set<std::vector<std::string>> seen;
  std::vector<size_t> order(roles.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  do {
    std::vector<std::string> named, kinds;
    for (const size_t i : order) {
      named.push_back(roles[i]);
      kinds.push_back(machine.of_role(roles[i]).kind);
    }
    if (seen.insert(kinds).second) orders.push_back(named);
  } while (std::ranges::next_permutation(order).found);
  return orders;
}

class Searching {
 public:
  Searching(const Plain& plain, const Predictor& predictor, const Wishes& wishes)
      : plain_(plain), predictor_(predictor), wishes_(wishes), whole_(whole_cost(plain)) {
    if (wishes_.roles.empty()) wishes_.roles = predictor.profile().machine.roles();
    check();
    const auto multiply_adds = static_cast<double>(whole_.flops);
    if (wishes_.latency_us) {
      goal_.minimise = Total::work;
      goal_.limits.ns = std::llround(*wishes_.latency_us * 1000);
    } else {
      goal_.limits.work = -static_cast<int64_t>(std::ceil(wishes_.total * multiply_adds - 1e-6));
    }
    if (wishes_.most_parameters)
      goal_.limits.parameters =
          static_cast<int64_t>(*wishes_.most_parameters * static_cast<double>(whole_.params));
  }

  Result result() {
    Space space(plain_, predictor_, wishes_);
    Result result{
        .networks = {}, .plain = plain_on_each(), .proven = true, .gap = 0, .warnings = {}};
    std::vector<std::pair<Found, std::vector<std::string>>> all;
    Effort effort = wishes_.effort;
    for (const auto& devices : orders_of(wishes_.roles, predictor_.profile().machine)) {
      const Answer answer = optimum(space.problem(devices), goal_, effort);
      result.proven &= answer.proven;
      result.gap = std::max(result.gap, answer.gap(goal_.minimise));
      for (const Found& one : answer.best) {
        effort.known = std::min(effort.known, static_cast<double>(one.totals[goal_.minimise]));
        all.emplace_back(one, devices);
      }
    }
    if (all.empty()) refuse(space);
    std::ranges::stable_sort(all, {},
                             [&](const auto& one) { return one.first.totals[goal_.minimise]; });
    all.resize(std::min(all.size(), wishes_.effort.count));
    for (const auto& [found, devices] : all)
      result.networks.push_back(network_of(found, devices, space));
    result.warnings = warnings_of(result.networks[0]);
    return result;
  }

 private:
  void check() const {
    const auto above_one = [&](const char* name, double value) {
      if (value > 1 || value < 0 || std::isnan(value))
        throw ConfigError(
            {.what = fmt::format("`{}` is {}: no branch has more than the plain network's", name,
                                 value),
             .where = {},
             .fix = fmt::format("give a share from 0 to 1, 1 at most")});
    };
    above_one("stage_share", wishes_.stage_share);
    above_one("depth_share", wishes_.depth_share);
    for (const std::string& role : wishes_.roles) (void)predictor_.profile().machine.of_role(role);
    if (wishes_.roles.size() > Way::kMostSlots)
      throw ConfigError({.what = fmt::format("{} processors: a stage has {} branches at most",
                                             wishes_.roles.size(), Way::kMostSlots),
                         .where = {},
                         .fix = "name fewer `roles`"});
  }

  std::vector<PlainOn> plain_on_each() const {
    std::vector<PlainOn> all;
    std::set<std::string> kinds;
    for (const std::string& role : wishes_.roles) {
      const std::string& kind = predictor_.profile().machine.of_role(role).kind;
      if (!kinds.insert(kind).second) continue;
      const auto config = on_role(plain_.config(), role);
      all.push_back({role, kind, predict(config, plain_.im_size(), predictor_).us()});
    }
    std::ranges::stable_sort(all, {}, &PlainOn::us);
    return all;
  }

  Network network_of(const Found& found, const std::vector<std::string>& devices,
                     const Space& space) const {
    Network network;
    for (const Filling& stage : found.stages) network.size.push_back(stage.branches);
    std::vector<int> last;
    for (const auto& branch : network.size.back()) last.push_back(branch.width);
    const int w_out = plain_.meeting_width(static_cast<int>(plain_.stages().size()) - 1, last);
    network.roles = {devices, space.best_for_stem(devices), space.best_for_head(devices, w_out)};
    network.config = plain_.stretched(network.size, network.roles);
    network.prediction = predict(network.config, plain_.im_size(), predictor_);
    const Kept kept = kept_of(network.config, plain_);
    network.stages = kept.stages;
    network.all = kept.all;
    return network;
  }

  std::vector<std::string> warnings_of(const Network& network) const {
    std::vector<std::string> warnings;
    const auto least = std::ranges::min_element(network.stages, {}, &Shares::multiply_adds);
    if (least->multiply_adds < kStarved)
      warnings.push_back(fmt::format(
          "stage {} keeps {:.2f} of the plain network's multiply-adds: it is fast because it is "
          "starved (`stage_share`)",
          least - network.stages.begin() + 1, least->multiply_adds));
    if (network.all.parameters < kStarved)
      warnings.push_back(
          fmt::format("{:.2f} of the plain network's parameters are left", network.all.parameters));
    return warnings;
  }

  // What comes nearest to wishes that nothing meets.
  [[noreturn]] void refuse(Space& space) const {
    throw ConfigError(
        {.what = "nothing meets the wishes: " + nearest(space), .where = {}, .fix = {}});
  }

  std::optional<Found> best(Space& space, const Goal& goal) const {
    std::optional<Found> best;
    for (const auto& devices : orders_of(wishes_.roles, predictor_.profile().machine)) {
      const Answer answer = optimum(space.problem(devices), goal);
      if (answer.best.empty()) continue;
      const Found& one = answer.best[0];
      if (!best || one.totals[goal.minimise] < best->totals[goal.minimise]) best = one;
    }
    return best;
  }

  std::string nearest(Space& space) const {
    if (!best(space, {.minimise = Total::work})) return nearest_floor(space);
    for (const Total one : {Total::work, Total::latency, Total::parameters}) {
      if (!goal_.limits_any(one)) continue;
      const auto least = best(space, {.minimise = one});
      if (least->totals[one] > goal_.limits[one]) return said(one, least->totals[one]);
    }
    Goal others = goal_;
    others.minimise = Total::parameters;
    const auto fewest = best(space, others);
    return "with the other wishes " +
           (fewest ? said(Total::parameters, fewest->totals.parameters) : "nothing does");
  }

  std::string nearest_floor(Space& space) const {
    space.forget_floors();
    const auto most = best(space, {.minimise = Total::work});
    double least = 1;
    for (size_t i = 0; i < plain_.stages().size(); ++i)
      least = std::min(least, share(-most->stages[i].totals.work, plain_.stages()[i].cost.flops));
    return fmt::format("with a `stage_share` of {:.2f} something does",
                       std::floor(least * 100) / 100);
  }

  std::string said(Total total, int64_t value) const {
    if (total == Total::latency)
      return fmt::format("the least `latency` is {:.1f} us", static_cast<double>(value) / 1000);
    if (total == Total::work)
      return fmt::format("the most multiply-adds are {:.3f} of the plain network's (`total`)",
                         share(-value, whole_.flops));
    return fmt::format("the fewest parameters are {:.3f} of the plain network's (`max_params`)",
                       share(value, whole_.params));
  }

  const Plain& plain_;
  const Predictor& predictor_;
  Wishes wishes_;
  ir::Cost whole_;
  Goal goal_;
};

}  // namespace

Result search(const Plain& plain, const Predictor& predictor, const Wishes& wishes) {
  return Searching(plain, predictor, wishes).result();
}

Kept kept_of(const config::Config& config, const Plain& plain) {
  const Layout layout = layout_of(config, plain.im_size());
  if (layout.stages.size() != plain.stages().size())
    throw ConfigError({.what = fmt::format("it has {} stages, the plain network {}",
                                           layout.stages.size(), plain.stages().size()),
                       .where = config.file,
                       .fix = "give a stretch of the same network as `like`"});
  Kept kept;
  for (size_t i = 0; i < layout.stages.size(); ++i) {
    ir::Cost cost;
    for (const auto& branch : layout.stages[i].branches) {
      cost += ir::cost_of(branch.graph);
      kept.least_depth = std::min(
          kept.least_depth, static_cast<double>(branch.piece.depth) / plain.stages()[i].depth);
    }
    const ir::Cost& whole = plain.stages()[i].cost;
    kept.stages.push_back({share(cost.flops, whole.flops), share(cost.params, whole.params)});
  }
  const ir::Cost all = ir::cost_of(nets::build(config, plain.im_size()));
  const ir::Cost whole = whole_cost(plain);
  kept.all = {share(all.flops, whole.flops), share(all.params, whole.params)};
  return kept;
}

}  // namespace nnstretch::search

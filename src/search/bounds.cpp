#include "search/bounds.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace nnstretch::search {
namespace {

constexpr int kDoublings = 80, kHalvings = 40;
constexpr double kNear = 1e-5;  // of a price
constexpr int kRounds = 4;      // over several limits, one price at a time
constexpr std::array kAround = {0.7, 0.9, 1.1, 1.4};

size_t index(Total total) { return static_cast<size_t>(total); }

class Pricing {
 public:
  Pricing(const Paths& paths, const Goal& goal) : paths_(paths), goal_(goal) {
    for (const Total one : {Total::latency, Total::work, Total::parameters})
      if (goal.limits_any(one)) limited_.push_back(one);
    best_.weights[index(goal.minimise)] = 1;
  }

  Bounds bounds() && {
    if (std::isinf(least_of(Total::latency))) return {};
    for (const Total one : limited_)
      if (least_of(one) > goal_.limits[one]) return {.all = {}, .met = {}, .unmet = one};
    look(best_.weights);
    const int rounds = limited_.size() < 2 ? 1 : kRounds;
    for (int round = 0; round < rounds; ++round)
      for (const Total one : limited_) improve(one);
    Bounds found{.all = {best_}, .met = met_, .unmet = {}};
    for (const Total one : limited_)
      for (const double factor : kAround) {
        Weights weights = best_.weights;
        weights[index(one)] *= factor;
        found.all.push_back(priced(weights));
      }
    return found;
  }

 private:
  double least_of(Total one) const {
    Weights weights = {};
    weights[index(one)] = 1;
    const auto rests = paths_.rests(weights);
    return rests[0] + weighed(weights, paths_.stem());
  }

  Bound priced(const Weights& weights) const {
    Bound bound{.weights = weights, .limits = 0, .rests = paths_.rests(weights)};
    for (const Total one : limited_)
      bound.limits += weights[index(one)] * static_cast<double>(goal_.limits[one]);
    return bound;
  }

  // The least way at these prices; the best bound and the best network seen are kept.
  Path look(const Weights& weights) {
    Bound bound = priced(weights);
    Path path = paths_.least(weights, bound.rests);
    const double value = bound.of(paths_.stem(), 0);
    if (value > best_value_) best_value_ = value, best_ = std::move(bound);
    const Total least = goal_.minimise;
    if (goal_.met_by(path.totals) && (!met_ || path.totals[least] < met_->totals[least]))
      met_ = path;
    return path;
  }

  // The price at which the least way just meets the limit, the others as they are.
  void improve(Total one) {
    Weights weights = best_.weights;
    const auto met_at = [&](double price) {
      weights[index(one)] = price;
      return look(weights).totals[one] <= goal_.limits[one];
    };
    if (met_at(0)) return;
    double low = 0, high = std::max(best_.weights[index(one)], 1e-9);
    for (int i = 0; i < kDoublings && !met_at(high); ++i) low = high, high *= 2;
    for (int i = 0; i < kHalvings && high - low > kNear * high; ++i) {
      const double middle = (low + high) / 2;
      (met_at(middle) ? high : low) = middle;
    }
  }

  const Paths& paths_;
  const Goal& goal_;
  std::vector<Total> limited_;
  Bound best_;
  double best_value_ = -std::numeric_limits<double>::infinity();
  std::optional<Path> met_;
};

}  // namespace

Bounds bounds_of(const Paths& paths, const Goal& goal) { return Pricing(paths, goal).bounds(); }

}  // namespace nnstretch::search

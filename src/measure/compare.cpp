#include "measure/compare.h"

#include <algorithm>
#include <random>

#include "measure/statistics.h"

namespace nnstretch::measure {
namespace {

constexpr size_t kLeastRuns = 5, kDraws = 2000;

double least(std::span<const double> runs) { return *std::ranges::min_element(runs); }

// What each process says, by one figure of its runs.
std::vector<double> each(const Restarts& side, double (*figure)(std::span<const double>)) {
  std::vector<double> all;
  for (const auto& runs : side) all.push_back(figure(runs));
  return all;
}

// What the side might have been measured as: as many of its processes, and of each as many of its
// runs, drawn with replacement.
class Resampled {
 public:
  void draw(const Restarts& side, std::mt19937& random) {
    minima_.clear(), medians_.clear();
    for (size_t i = 0; i < side.size(); ++i) {
      const auto& runs = side[any_of(side.size(), random)];
      drawn_.clear();
      for (size_t j = 0; j < runs.size(); ++j) drawn_.push_back(runs[any_of(runs.size(), random)]);
      minima_.push_back(least(drawn_));
      medians_.push_back(median(drawn_));
    }
  }
  double of_minima() const { return median(minima_); }
  double of_medians() const { return median(medians_); }

 private:
  static size_t any_of(size_t count, std::mt19937& random) {
    return std::uniform_int_distribution<size_t>(0, count - 1)(random);
  }

  std::vector<double> minima_, medians_, drawn_;
};

Interval middle(std::span<const double> ratios) {
  return {percentile(ratios, 0.025), percentile(ratios, 0.975)};
}

size_t runs_of(const Restarts& side) {
  size_t count = 0;
  for (const auto& runs : side) count += runs.size();
  return count;
}

// What one figure shows by itself; `told` is the least ratio that so many processes can tell.
Verdict shown(double ratio, const std::optional<Interval>& interval, double limit, double told) {
  const auto [low, high] = interval.value_or(Interval{ratio, ratio});
  if (low > limit) return ratio > told ? Verdict::slower : Verdict::cannot_tell;
  if (high < 1 / limit) return ratio < 1 / told ? Verdict::faster : Verdict::cannot_tell;
  return Verdict::level;
}

}  // namespace

double typical(const Restarts& side) { return median(each(side, median)); }

Ratio compare(const Restarts& before, const Restarts& after) {
  Ratio ratio{.of_minima = median(each(after, least)) / median(each(before, least)),
              .of_medians = typical(after) / typical(before),
              .restarts = std::min(before.size(), after.size())};
  if (std::min(runs_of(before), runs_of(after)) < kLeastRuns) return ratio;
  std::mt19937 random(1);
  std::vector<double> minima, medians;
  Resampled old, fresh;
  for (size_t i = 0; i < kDraws; ++i) {
    fresh.draw(after, random);
    old.draw(before, random);
    minima.push_back(fresh.of_minima() / old.of_minima());
    medians.push_back(fresh.of_medians() / old.of_medians());
  }
  ratio.minima_interval = middle(minima);
  ratio.interval = middle(medians);
  return ratio;
}

Ratio compare(std::span<const double> before, std::span<const double> after) {
  return compare(Restarts{{before.begin(), before.end()}}, Restarts{{after.begin(), after.end()}});
}

Verdict judge(const Ratio& ratio, double limit, bool reliable) {
  const double told = kOneProcess / static_cast<double>(ratio.restarts);
  const double alone = kMediansAlone / static_cast<double>(ratio.restarts);
  const Verdict minima = shown(ratio.of_minima, ratio.minima_interval, limit, 1 + told);
  Verdict medians = shown(ratio.of_medians, ratio.interval, limit, 1 + alone);
  if (!reliable && medians != Verdict::level) medians = Verdict::cannot_tell;
  if (std::min(minima, medians) == Verdict::slower && minima != medians)
    return Verdict::cannot_tell;
  const Verdict both = std::max(minima, medians);
  const bool little = ratio.of_minima < 1 + told && ratio.of_minima > 1 / (1 + told);
  if (both == Verdict::level && ratio.restarts == 1 && little) return Verdict::cannot_tell;
  return both;
}

}  // namespace nnstretch::measure

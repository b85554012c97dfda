#include "measure/compare.h"

#include <algorithm>
#include <random>
#include <vector>

#include "measure/statistics.h"

namespace nnstretch::measure {
namespace {

constexpr size_t kLeastRuns = 5, kDraws = 2000;

// The median of as many values, drawn with replacement.
double resampled_median(std::span<const double> values, std::mt19937& random,
                        std::vector<double>& drawn) {
  std::uniform_int_distribution<size_t> any(0, values.size() - 1);
  drawn.clear();
  for (size_t i = 0; i < values.size(); ++i) drawn.push_back(values[any(random)]);
  return median(drawn);
}

double least(std::span<const double> values) {
  return *std::min_element(values.begin(), values.end());
}

}  // namespace

Ratio compare(std::span<const double> before, std::span<const double> after) {
  Ratio ratio{least(after) / least(before), median(after) / median(before), {}};
  if (std::min(before.size(), after.size()) < kLeastRuns) return ratio;
  std::mt19937 random(1);
  std::vector<double> ratios, drawn;
  for (size_t i = 0; i < kDraws; ++i) {
    const double above = resampled_median(after, random, drawn);
    ratios.push_back(above / resampled_median(before, random, drawn));
  }
  ratio.interval = Interval{percentile(ratios, 0.025), percentile(ratios, 0.975)};
  return ratio;
}

}  // namespace nnstretch::measure

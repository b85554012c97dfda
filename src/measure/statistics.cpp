#include "measure/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace nnstretch::measure {
namespace {

double percentile_of_sorted(std::span<const double> sorted, double p) {
  if (sorted.empty()) return 0;
  const double rank = std::clamp(p, 0.0, 1.0) * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(rank);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (rank - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

std::vector<double> sorted(std::span<const double> values) {
  std::vector<double> copy(values.begin(), values.end());
  std::sort(copy.begin(), copy.end());
  return copy;
}

}  // namespace

double percentile(std::span<const double> values, double p) {
  return percentile_of_sorted(sorted(values), p);
}

double median(std::span<const double> values) { return percentile(values, 0.5); }

Statistics summarise(std::span<const double> values) {
  if (values.empty()) return {};
  const std::vector<double> order = sorted(values);
  const auto count = static_cast<double>(order.size());
  const double mean = std::accumulate(order.begin(), order.end(), 0.0) / count;
  double squares = 0;
  for (const double value : order) squares += (value - mean) * (value - mean);
  return {.min = order.front(),
          .p50 = percentile_of_sorted(order, 0.5),
          .p90 = percentile_of_sorted(order, 0.9),
          .p99 = percentile_of_sorted(order, 0.99),
          .mean = mean,
          .std = order.size() > 1 ? std::optional(std::sqrt(squares / (count - 1))) : std::nullopt,
          .count = order.size()};
}

}  // namespace nnstretch::measure

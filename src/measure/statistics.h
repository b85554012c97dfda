// What is said of a list of measured values.
#pragma once
#include <cstddef>
#include <optional>
#include <span>

namespace nnstretch::measure {

struct Statistics {
  double min = 0;
  std::optional<double> p50 = {}, p90 = {}, p99 = {};  // nothing where only a sum was told
  double mean = 0;
  std::optional<double> std = {};  // of the sample (n - 1): nothing of a single value
  size_t count = 0;                // 0: there is no value
};

Statistics summarise(std::span<const double> values);
// Between the values next to the rank p * (n - 1), as NumPy does; 0 of no values. 0 <= p <= 1.
double percentile(std::span<const double> values, double p);
double median(std::span<const double> values);

}  // namespace nnstretch::measure

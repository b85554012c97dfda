// Which range of a value its 256 steps should cover. Covering all of it makes the steps wide;
// cutting the tails off clips what lies there: each observer weighs the two in its own way.
#pragma once
#include <string_view>

#include "quantize/histogram.h"

namespace nnstretch::quantize {

enum class Observer {
  minmax,      // everything that was seen
  percentile,  // all but a given share of the values at either end
  mse,         // the least squared error of rounding and clipping
  entropy      // the least Kullback-Leibler divergence of the rounded distribution
};
std::string_view name_of(Observer observer);

// The range inside the extremes of `seen` that the observer chooses; zero is always inside.
// `percentile`, used by Observer::percentile alone, is in (50, 100]: FormatError otherwise.
Range choose(Observer observer, const Histogram& seen, double percentile = 99.99);
Ranges choose(Observer observer, const Histograms& seen, double percentile = 99.99);

// What each is made of, for tests and for those who want one number.

// At most 100 - percentile percent of the values lie below the range and as many above it, to
// within a bin.
Range percentile_range(const Histogram& seen, double percentile);
// Expected squared error of a value quantised to 256 steps over `range`: a twelfth of the squared
// step inside, the squared distance outside and within half a step of zero (zeros have none).
double squared_error(const Histogram& seen, Range range);
Range mse_range(const Histogram& seen);
// Of magnitudes cut at bin `cut` (what is beyond is moved into the last bin) against the same
// rounded to `levels` levels, each level's count spread evenly over its bins that are not empty.
// Infinite if the rounded distribution is zero where the other is not.
double divergence(std::span<const uint64_t> magnitudes, size_t cut, size_t levels);
Range entropy_range(const Histogram& seen);

}  // namespace nnstretch::quantize

#include "quantize/observers.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "base/error.h"

namespace nnstretch::quantize {
namespace {

constexpr size_t kBins = Histogram::kBins;

// Number, sum and sum of squares of what one side has in its bins `cut` and beyond, by `cut`.
struct Tail {
  explicit Tail(const Histogram& seen, const Histogram::Counts& side)
      : count(kBins + 1), sum(kBins + 1), squares(kBins + 1) {
    for (size_t bin = kBins; bin-- > 0;) {
      const double n = static_cast<double>(side[bin]), x = seen.centre(bin);
      count[bin] = count[bin + 1] + n;
      sum[bin] = sum[bin + 1] + n * x;
      squares[bin] = squares[bin + 1] + n * x * x;
    }
  }
  // Of clipping at magnitude `edge`, the lower edge of bin `cut`.
  double clipped(size_t cut, double edge) const {
    return squares[cut] - 2 * edge * sum[cut] + edge * edge * count[cut];
  }
  // Of rounding what lies below `cut`: to zero within half a step of it, however the values are
  // spread there (many networks have most of theirs so near); further out a twelfth of the square.
  double rounded(size_t cut, double step, double width) const {
    const double nearest = std::min(step / 2 / width, static_cast<double>(cut));
    return squares[0] - between(squares, nearest) +
           (between(count, nearest) - count[cut]) * step * step / 12;
  }
  // A sum that begins inside a bin, its numbers spread evenly.
  static double between(const std::vector<double>& sums, double bin) {
    const auto whole = std::min(static_cast<size_t>(bin), kBins - 1);
    return std::lerp(sums[whole], sums[whole + 1], bin - static_cast<double>(whole));
  }
  std::vector<double> count, sum, squares;
};

struct Tails {
  explicit Tails(const Histogram& seen)
      : width(seen.width), below(seen, seen.below), above(seen, seen.above) {}
  double error(size_t low, size_t high) const {
    const double step = width * static_cast<double>(low + high) / 255;
    return below.rounded(low, step, width) + above.rounded(high, step, width) +
           below.clipped(low, width * static_cast<double>(low)) +
           above.clipped(high, width * static_cast<double>(high));
  }
  double width;
  Tail below, above;
};

// The first bin behind the last that is not empty: nothing is clipped there.
size_t used(const Histogram::Counts& side) {
  size_t bins = kBins;
  while (bins > 0 && side[bins - 1] == 0) --bins;
  return bins;
}

// A range of whole bins, no wider than what was seen.
Range range_of(const Histogram& seen, size_t low, size_t high) {
  return {std::max(seen.extremes.min, static_cast<float>(-seen.edge(low))),
          std::min(seen.extremes.max, static_cast<float>(seen.edge(high)))};
}

// How many bins of a side to keep so that at most `allowed` of its numbers lie beyond.
size_t keep(const Histogram::Counts& side, double allowed) {
  size_t bins = used(side);
  for (double beyond = 0; bins > 0; --bins) {
    beyond += static_cast<double>(side[bins - 1]);
    if (beyond > allowed) break;
  }
  return bins;
}

}  // namespace

std::string_view name_of(Observer observer) {
  switch (observer) {
    case Observer::minmax:
      return "minmax";
    case Observer::percentile:
      return "percentile";
    case Observer::mse:
      return "mse";
    case Observer::entropy:
      return "entropy";
  }
  return "";
}

Range percentile_range(const Histogram& seen, double percentile) {
  if (!(percentile > 50 && percentile <= 100))
    throw FormatError({.what = fmt::format("{} is no percentile of a range", percentile),
                       .fix = "give more than 50 and at most 100, such as 99.99"});
  constexpr double kTiny = 1e-6;  // 100 - 99.9 is a little less than a tenth
  const double allowed = static_cast<double>(seen.total()) * (100 - percentile) / 100 + kTiny;
  return range_of(seen, keep(seen.below, allowed), keep(seen.above, allowed));
}

double squared_error(const Histogram& seen, Range range) {
  const auto bin = [&](double magnitude) {
    return std::min(kBins, static_cast<size_t>(std::lround(magnitude / seen.width)));
  };
  const double count = static_cast<double>(std::max<uint64_t>(1, seen.total()));
  return Tails(seen).error(bin(-double{range.min}), bin(range.max)) / count;
}

// Every pair of cuts on a coarse grid, then every pair of bins around the best of them: all four
// million pairs would be too many for each of a thousand values, and the error has one valley.
Range mse_range(const Histogram& seen) {
  constexpr size_t kCoarse = 16;
  const Tails tails(seen);
  const size_t most_low = used(seen.below), most_high = used(seen.above);
  struct {
    double error = std::numeric_limits<double>::infinity();
    size_t low = 0, high = 0;
  } best;
  const auto search = [&](size_t low_from, size_t low_to, size_t high_from, size_t high_to,
                          size_t stride) {
    const auto next = [stride](size_t at, size_t end) {
      return at == end ? end + 1 : std::min(end, at + stride);
    };
    for (size_t low = low_from; low <= low_to; low = next(low, low_to))
      for (size_t high = high_from; high <= high_to; high = next(high, high_to))
        if (const double error = tails.error(low, high); error < best.error)
          best = {error, low, high};
  };
  search(0, most_low, 0, most_high, kCoarse);
  const auto before = [](size_t at) { return at > kCoarse ? at - kCoarse : 0; };
  const auto around = best;
  search(before(around.low), std::min(most_low, around.low + kCoarse), before(around.high),
         std::min(most_high, around.high + kCoarse), 1);
  return range_of(seen, best.low, best.high);
}

double divergence(std::span<const uint64_t> magnitudes, size_t cut, size_t levels) {
  const auto kept = magnitudes.first(cut);
  const double beyond =
      std::accumulate(magnitudes.begin() + static_cast<ptrdiff_t>(cut), magnitudes.end(), 0.0);
  const double inside = std::accumulate(kept.begin(), kept.end(), 0.0);
  if (inside <= 0) return std::numeric_limits<double>::infinity();
  double sum = 0;
  for (size_t level = 0; level < levels; ++level) {
    const size_t begin = level * cut / levels, end = (level + 1) * cut / levels;
    double count = 0, filled = 0;
    for (size_t bin = begin; bin < end; ++bin)
      count += static_cast<double>(kept[bin]), filled += kept[bin] > 0;
    for (size_t bin = begin; bin < end; ++bin) {
      const double p = static_cast<double>(kept[bin]) + (bin + 1 == cut ? beyond : 0);
      if (p <= 0) continue;
      if (kept[bin] == 0) return std::numeric_limits<double>::infinity();
      const double share = p / (inside + beyond);
      sum += share * std::log(share / (count / filled / inside));
    }
  }
  return sum;
}

// As TensorRT searches: cuts from 128 bins up, in strides. 128 levels a side, which int8 has for a
// value of both signs; a value of one sign has them all.
Range entropy_range(const Histogram& seen) {
  constexpr size_t kStride = 8;
  std::vector<uint64_t> magnitudes(kBins);
  for (size_t bin = 0; bin < kBins; ++bin) magnitudes[bin] = seen.below[bin] + seen.above[bin];
  const bool one_sided = used(seen.below) == 0 || used(seen.above) == 0;
  const size_t levels = one_sided ? 256 : 128;
  double least = std::numeric_limits<double>::infinity();
  size_t best = kBins;
  for (size_t cut = levels; cut <= kBins; cut += kStride)
    if (const double d = divergence(magnitudes, cut, levels); d < least) least = d, best = cut;
  return range_of(seen, std::min(best, used(seen.below)), std::min(best, used(seen.above)));
}

Range choose(Observer observer, const Histogram& seen, double percentile) {
  switch (observer) {
    case Observer::minmax:
      return seen.extremes;
    case Observer::percentile:
      return percentile_range(seen, percentile);
    case Observer::mse:
      return mse_range(seen);
    case Observer::entropy:
      return entropy_range(seen);
  }
  return seen.extremes;
}

Ranges choose(Observer observer, const Histograms& seen, double percentile) {
  Ranges ranges;
  for (const auto& [name, histogram] : seen) ranges[name] = choose(observer, histogram, percentile);
  return ranges;
}

}  // namespace nnstretch::quantize

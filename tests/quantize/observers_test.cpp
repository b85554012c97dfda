// Observers against what their definitions give when every value is looked at.
#include "quantize/observers.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error.h"
#include "quantize/int8.h"
#include "support/samples.h"

namespace nnstretch {
namespace {

using quantize::Histogram;
using quantize::Observer;
using quantize::Range;
using testing::base_seed;
using Values = std::vector<float>;

enum class Kind { normal, one_sided, long_tail, skewed };

Values values(Kind kind, size_t count, uint32_t seed) {
  testing::Random random(seed);
  Values all(count);
  for (float& x : all) {
    const float normal = random.normal();
    x = kind == Kind::normal      ? normal
        : kind == Kind::one_sided ? std::max(0.f, normal)
        : kind == Kind::long_tail ? normal * normal * normal
                                  : std::exp(normal) - 0.5f;
  }
  return all;
}

Histogram histogram(const Values& all) {
  Range extremes;
  for (const float x : all) extremes.include(x, x);
  Histogram seen(extremes);
  seen.add(all);
  return seen;
}

// Mean squared error of quantising every value to the 256 steps of a range.
double brute_error(const Values& all, Range range) {
  const ir::Quant quant = quantize::quant_for(range);
  double sum = 0;
  for (const float x : all) {
    const double stored = std::round(double{x} / quant.scale) + quant.zero_point;
    const double real = (std::clamp(stored, -128.0, 127.0) - quant.zero_point) * quant.scale;
    sum += (x - real) * (x - real);
  }
  return sum / static_cast<double>(all.size());
}

class Observers : public ::testing::TestWithParam<Kind> {
 protected:
  const Values all_ = values(GetParam(), 20000, base_seed());
  const Histogram seen_ = histogram(all_);
};

TEST_P(Observers, CountEveryValueOnce) {
  EXPECT_EQ(seen_.total(), all_.size());
  EXPECT_EQ(seen_.zeros, static_cast<uint64_t>(std::count(all_.begin(), all_.end(), 0.f)));
}

TEST_P(Observers, StayWithinWhatWasSeen) {
  for (const Observer observer :
       {Observer::minmax, Observer::percentile, Observer::mse, Observer::entropy}) {
    const Range range = quantize::choose(observer, seen_, 99);
    EXPECT_LE(range.min, 0) << name_of(observer);
    EXPECT_GE(range.max, 0) << name_of(observer);
    EXPECT_GE(range.min, seen_.extremes.min) << name_of(observer);
    EXPECT_LE(range.max, seen_.extremes.max) << name_of(observer);
    EXPECT_GT(range.max, range.min) << name_of(observer);
  }
}

TEST_P(Observers, PercentileIsThatOfTheSortedValues) {
  Values sorted = all_;
  std::sort(sorted.begin(), sorted.end());
  for (const double percentile : {99.9, 99.0, 90.0}) {
    const auto beyond = static_cast<size_t>(
        std::floor(static_cast<double>(sorted.size()) * (100 - percentile) / 100 + 1e-6));
    const Range range = quantize::percentile_range(seen_, percentile);
    EXPECT_NEAR(range.max, std::max(0.f, sorted[sorted.size() - 1 - beyond]), 1.01 * seen_.width)
        << percentile << " seed " << base_seed();
    EXPECT_NEAR(range.min, std::min(0.f, sorted[beyond]), 1.01 * seen_.width)
        << percentile << " seed " << base_seed();
  }
}

TEST_P(Observers, HundredPercentIsEverything) {
  const Range range = quantize::percentile_range(seen_, 100);
  EXPECT_NEAR(range.max, seen_.extremes.max, 1e-3 * seen_.extremes.max);
  EXPECT_NEAR(range.min, seen_.extremes.min, 1e-3 * -seen_.extremes.min);
}

TEST_P(Observers, ExpectedErrorIsTheErrorOfTheValues) {
  for (const float share : {1.f, 0.7f, 0.4f}) {
    const Range range{seen_.extremes.min * share, seen_.extremes.max * share};
    const double brute = brute_error(all_, range);
    EXPECT_NEAR(quantize::squared_error(seen_, range), brute, 0.05 * brute)
        << share << " seed " << base_seed();
  }
}

// Every pair of a hundred thresholds a side, each with every value.
TEST_P(Observers, NoPairOfThresholdsHasMuchLessErrorThanTheOneOfMse) {
  const Values few(all_.begin(), all_.begin() + 2000);
  const Histogram seen = histogram(few);
  constexpr int kSteps = 100;
  double least = std::numeric_limits<double>::infinity();
  for (int low = 0; low <= (seen.extremes.min < 0 ? kSteps : 0); ++low)
    for (int high = 1; high <= kSteps; ++high)
      least = std::min(least,
                       brute_error(few, {seen.extremes.min * static_cast<float>(low) / kSteps,
                                         seen.extremes.max * static_cast<float>(high) / kSteps}));
  const double chosen = brute_error(few, quantize::mse_range(seen));
  EXPECT_LE(chosen, 1.05 * least) << "seed " << base_seed();
  EXPECT_LE(chosen, 1.03 * brute_error(few, seen.extremes)) << "seed " << base_seed();
}

// The two distributions written out, then the sum over all bins.
double written_out(std::vector<double> p, size_t cut, size_t levels) {
  std::vector<double> q(cut);
  for (size_t level = 0; level < levels; ++level) {
    std::vector<size_t> filled;
    double count = 0;
    for (size_t bin = 0; bin < cut; ++bin) {
      if (bin < level * cut / levels || bin >= (level + 1) * cut / levels) continue;
      count += p[bin];
      if (p[bin] > 0) filled.push_back(bin);
    }
    for (const size_t bin : filled) q[bin] = count / static_cast<double>(filled.size());
  }
  while (p.size() > cut) p[cut - 1] += p.back(), p.pop_back();
  double p_sum = 0, q_sum = 0, divergence = 0;
  for (size_t bin = 0; bin < cut; ++bin) p_sum += p[bin], q_sum += q[bin];
  for (size_t bin = 0; bin < cut; ++bin)
    if (p[bin] > 0) divergence += p[bin] / p_sum * std::log((p[bin] / p_sum) / (q[bin] / q_sum));
  return divergence;
}

TEST_P(Observers, EntropyIsTheDivergenceOfItsDefinition) {
  std::vector<uint64_t> counts(Histogram::kBins);
  for (size_t bin = 0; bin < counts.size(); ++bin)
    counts[bin] = seen_.below[bin] + seen_.above[bin];
  const std::vector<double> p(counts.begin(), counts.end());
  const size_t levels = seen_.extremes.min < 0 ? 128 : 256;
  double least = std::numeric_limits<double>::infinity();
  size_t best = 0;
  for (size_t cut = levels; cut <= counts.size(); cut += 8) {
    const double direct = written_out(p, cut, levels);
    const double ours = quantize::divergence(counts, cut, levels);
    if (std::isinf(direct) || std::isinf(ours))
      EXPECT_EQ(direct, ours) << cut;
    else
      EXPECT_NEAR(ours, direct, 1e-9) << cut;
    if (direct < least) least = direct, best = cut;
  }
  const Range range = quantize::entropy_range(seen_);
  EXPECT_NEAR(range.max, std::min<double>(seen_.edge(best), seen_.extremes.max), seen_.width);
}

std::string name_of_kind(const ::testing::TestParamInfo<Kind>& info) {
  constexpr const char* kNames[] = {"Normal", "OneSided", "LongTail", "Skewed"};
  return kNames[static_cast<int>(info.param)];
}

INSTANTIATE_TEST_SUITE_P(Kinds, Observers,
                         ::testing::Values(Kind::normal, Kind::one_sided, Kind::long_tail,
                                           Kind::skewed),
                         name_of_kind);

TEST(Observer, OfAValueThatIsAlwaysZeroIsZero) {
  for (const Observer observer :
       {Observer::minmax, Observer::percentile, Observer::mse, Observer::entropy}) {
    const Range range = quantize::choose(observer, histogram(Values(100, 0.f)));
    EXPECT_EQ(range.min, 0) << name_of(observer);
    EXPECT_EQ(range.max, 0) << name_of(observer);
  }
}

TEST(Observer, RefusesPercentilesThatAreNone) {
  const Histogram seen = histogram({-1, 0, 1});
  for (const double percentile : {50.0, 0.0, 100.1, -1.0, std::nan("")})
    EXPECT_THROW(quantize::percentile_range(seen, percentile), FormatError) << percentile;
}

}  // namespace
}  // namespace nnstretch

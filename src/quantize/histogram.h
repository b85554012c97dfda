// How often a value of a network takes each magnitude over the calibration images: all that the
// observers need to know of it, in a few kilobytes where the value itself has megabytes an image.
#pragma once
#include <array>
#include <cstdint>

#include "quantize/calibrate.h"

namespace nnstretch::quantize {

// Bins of one width on either side of zero; the outermost ends at the largest magnitude. Zeros are
// counted apart: every scale represents them exactly, and a relu makes half of a value of them.
struct Histogram {
  static constexpr size_t kBins = 2048;  // a side
  using Counts = std::array<uint64_t, kBins>;

  explicit Histogram(Range extremes);
  // Numbers inside the extremes; what lies outside (nothing, if those were seen) goes to an end.
  void add(std::span<const float> values);

  uint64_t total() const;
  double edge(size_t bin) const { return width * static_cast<double>(bin); }
  double centre(size_t bin) const { return width * (static_cast<double>(bin) + 0.5); }

  Range extremes;
  double width = 1;         // of a bin
  Counts below{}, above{};  // by magnitude, zeros not among them
  uint64_t zeros = 0;
};

// By node name. A second pass over the images: `extremes` are what the first has found.
using Histograms = std::map<std::string, Histogram, std::less<>>;
Histograms histograms(const ir::Model& model, Images images, const Runtime& runtime,
                      const Ranges& extremes);

}  // namespace nnstretch::quantize

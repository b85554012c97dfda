#include "quantize/histogram.h"

#include <cmath>
#include <numeric>

#include "base/error.h"

namespace nnstretch::quantize {

Histogram::Histogram(Range range) : extremes(range) {
  const double largest = std::max(-double{range.min}, double{range.max});
  if (largest > 0 && std::isfinite(largest)) width = largest / kBins;
}

void Histogram::add(std::span<const float> values) {
  const auto scale = static_cast<float>(1 / width);
  constexpr auto kLast = static_cast<float>(kBins - 1);
  uint64_t exact = 0;
  for (const float x : values) {
    const bool negative = x < 0;
    const float at = std::min(std::abs(x) * scale, kLast);
    (negative ? below : above)[static_cast<size_t>(at)] += x != 0;
    exact += x == 0;
  }
  zeros += exact;
}

uint64_t Histogram::total() const {
  return std::accumulate(below.begin(), below.end(), zeros) +
         std::accumulate(above.begin(), above.end(), uint64_t{0});
}

Histograms histograms(const ir::Model& model, Images images, const Runtime& runtime,
                      const Ranges& extremes) {
  Histograms result;
  for (const auto& [name, range] : extremes) result.emplace(name, Histogram(range));
  observe(model, images, runtime,
          [&](size_t, const ir::Node& node, std::span<const std::byte> bytes) {
            const auto found = result.find(node.name);
            if (found == result.end())
              throw ShapeError({.what = "no range was seen for this value",
                                .where = node.name,
                                .fix = "take extremes and histograms of one network"});
            found->second.add(
                {reinterpret_cast<const float*>(bytes.data()), bytes.size() / sizeof(float)});
          });
  return result;
}

}  // namespace nnstretch::quantize

#include "base/top.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace nnstretch {

std::vector<size_t> top(std::span<const float> values, size_t count) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  count = std::min(count, order.size());
  const auto before = [&](size_t a, size_t b) {
    const bool a_is_number = !std::isnan(values[a]), b_is_number = !std::isnan(values[b]);
    if (a_is_number != b_is_number) return a_is_number;
    if (a_is_number && values[a] != values[b]) return values[a] > values[b];
    return a < b;
  };
  std::partial_sort(order.begin(), order.begin() + static_cast<ptrdiff_t>(count), order.end(),
                    before);
  order.resize(count);
  return order;
}

}  // namespace nnstretch

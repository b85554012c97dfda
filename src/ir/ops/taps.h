// Which positions of a window lie inside the image.
#pragma once
#include <algorithm>
#include <cstdint>

namespace nnstretch::ir {

struct Taps {
  int64_t begin, end;
};
// Along one side of `size`, for position `out` of the result.
inline Taps taps_inside(int64_t out, int kernel, int stride, int pad, int64_t size) {
  const int64_t first = out * stride - pad;
  return {std::max<int64_t>(first, 0), std::min(first + kernel, size)};
}

}  // namespace nnstretch::ir

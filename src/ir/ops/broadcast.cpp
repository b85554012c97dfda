#include "ir/ops/broadcast.h"

#include <fmt/format.h>

#include "base/error.h"

namespace nnstretch::ir {

Shape broadcast(const Shape& a, const Shape& b) {
  Shape out(std::max(a.size(), b.size()), 1);
  for (size_t back = 1; back <= out.size(); ++back) {
    const int64_t x = back <= a.size() ? a[a.size() - back] : 1;
    const int64_t y = back <= b.size() ? b[b.size() - back] : 1;
    if (x != y && x != 1 && y != 1)
      throw ShapeError(
          {.what = fmt::format("{} and {} do not fit together", to_string(a), to_string(b))});
    out[out.size() - back] = std::max(x, y);
  }
  return out;
}

std::vector<int64_t> broadcast_steps(const Shape& shape, const Shape& out) {
  std::vector<int64_t> steps(out.size(), 0);
  int64_t step = 1;
  for (size_t back = 1; back <= shape.size(); ++back) {
    const int64_t size = shape[shape.size() - back];
    if (size != 1) steps[out.size() - back] = step;
    step *= size;
  }
  return steps;
}

}  // namespace nnstretch::ir

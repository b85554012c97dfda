#include "ir/ops/max_pool.h"

#include <algorithm>
#include <limits>

#include "ir/ops/taps.h"

namespace nnstretch::ir {

Shape infer(const MaxPool& op, std::span<const Shape> in) {
  return slide(op.window, in[0], in[0].size() == 4 ? in[0][3] : 0);
}

std::vector<Shape> weight_shapes(const MaxPool&, std::span<const Shape>) { return {}; }

Cost cost(const MaxPool&, std::span<const Shape>, const Shape& out) { return {.acts = count(out)}; }

template <class T>
static void pool(const Window& w, const View& in, MutView out) {
  const Shape &x = in.type.shape, &y = out.type.shape;
  const int64_t channels = x[3];
  T* target = out.as<T>();
  for (int64_t row = 0; row < y[0] * y[1]; ++row) {
    const Taps rows = taps_inside(row % y[1], w.kernel.h, w.stride.h, w.pads.top, x[1]);
    for (int64_t column = 0; column < y[2]; ++column, target += channels) {
      const Taps columns = taps_inside(column, w.kernel.w, w.stride.w, w.pads.left, x[2]);
      std::fill(target, target + channels, std::numeric_limits<T>::lowest());
      for (int64_t h = rows.begin; h < rows.end; ++h)
        for (int64_t v = columns.begin; v < columns.end; ++v) {
          const T* pixel = in.as<T>() + ((row / y[1] * x[1] + h) * x[2] + v) * channels;
          for (int64_t c = 0; c < channels; ++c) target[c] = std::max(target[c], pixel[c]);
        }
    }
  }
}

void reference(const MaxPool& op, std::span<const View> in, std::span<const View>, MutView out) {
  if (out.type.dtype == DType::i8)
    pool<int8_t>(op.window, in[0], out);
  else
    pool<float>(op.window, in[0], out);
}

}  // namespace nnstretch::ir

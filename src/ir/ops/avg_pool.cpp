#include "ir/ops/avg_pool.h"

#include <vector>

#include "ir/ops/fixed_point.h"
#include "ir/ops/taps.h"

namespace nnstretch::ir {

Shape infer(const AvgPool& op, std::span<const Shape> in) {
  return slide(op.window, in[0], in[0].size() == 4 ? in[0][3] : 0);
}

std::vector<Shape> weight_shapes(const AvgPool&, std::span<const Shape>) { return {}; }

Cost cost(const AvgPool&, std::span<const Shape>, const Shape& out) { return {.acts = count(out)}; }

// Calls each(element of the result, sum over the window, elements of the window inside the image).
template <class T, class Sum>
static void for_each_window(const Window& w, const View& in, const Shape& y, const auto& each) {
  const Shape& x = in.type.shape;
  const int64_t channels = x[3];
  std::vector<Sum> sums(static_cast<size_t>(channels));
  int64_t target = 0;
  for (int64_t row = 0; row < y[0] * y[1]; ++row) {
    const Taps rows = taps_inside(row % y[1], w.kernel.h, w.stride.h, w.pads.top, x[1]);
    for (int64_t column = 0; column < y[2]; ++column) {
      const Taps columns = taps_inside(column, w.kernel.w, w.stride.w, w.pads.left, x[2]);
      std::fill(sums.begin(), sums.end(), Sum{});
      for (int64_t h = rows.begin; h < rows.end; ++h)
        for (int64_t v = columns.begin; v < columns.end; ++v) {
          const T* pixel = in.as<T>() + ((row / y[1] * x[1] + h) * x[2] + v) * channels;
          for (int64_t c = 0; c < channels; ++c) sums[static_cast<size_t>(c)] += pixel[c];
        }
      const int64_t inside = std::max<int64_t>(rows.end - rows.begin, 0) *
                             std::max<int64_t>(columns.end - columns.begin, 0);
      for (const Sum sum : sums) each(target++, sum, inside);
    }
  }
}

void reference(const AvgPool& op, std::span<const View> in, std::span<const View>, MutView out) {
  const int64_t whole = int64_t{op.window.kernel.h} * op.window.kernel.w;
  if (out.type.dtype == DType::f32) {
    for_each_window<float, float>(
        op.window, in[0], out.type.shape, [&](int64_t i, float sum, int64_t inside) {
          const int64_t divisor = op.count_padding ? whole : inside;
          out.as<float>()[i] = divisor ? sum / static_cast<float>(divisor) : 0;
        });
    return;
  }
  const int32_t zero = in[0].type.quant->zero_point;
  for_each_window<int8_t, int64_t>(
      op.window, in[0], out.type.shape, [&](int64_t i, int64_t sum, int64_t inside) {
        const int64_t divisor = op.count_padding ? whole : inside;
        sum += (divisor - inside) * zero;
        // Halves away from zero, of the stored values.
        const int64_t mean =
            divisor ? (sum + (sum > 0 ? divisor / 2 : -(divisor / 2))) / divisor : zero;
        out.as<int8_t>()[i] = narrow(static_cast<int32_t>(mean), 0);
      });
}

}  // namespace nnstretch::ir

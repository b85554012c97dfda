#include "ir/ops/softmax.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/error.h"
#include "ir/ops/fixed_point.h"

namespace nnstretch::ir {

Shape infer(const Softmax&, std::span<const Shape> in) {
  if (in[0].empty()) throw ShapeError({.what = "a softmax needs a dimension"});
  return in[0];
}

std::vector<Shape> weight_shapes(const Softmax&, std::span<const Shape>) { return {}; }

Cost cost(const Softmax&, std::span<const Shape>, const Shape&) { return {}; }

// In place; the largest is taken away first, so that nothing overflows.
static void softmax(std::span<float> row) {
  const float most = *std::max_element(row.begin(), row.end());
  double sum = 0;
  for (float& x : row) sum += x = std::exp(x - most);
  for (float& x : row) x = static_cast<float>(x / sum);
}

void reference(const Softmax&, std::span<const View> in, std::span<const View>, MutView out) {
  const int64_t columns = out.type.shape.back(), size = count(out.type.shape);
  std::vector<float> row(static_cast<size_t>(columns));
  const bool int8 = out.type.dtype == DType::i8;
  for (int64_t begin = 0; begin < size; begin += columns) {
    for (int64_t c = 0; c < columns; ++c)
      row[static_cast<size_t>(c)] =
          int8 ? in[0].type.quant->scale * static_cast<float>(in[0].as<int8_t>()[begin + c])
               : in[0].as<float>()[begin + c];
    softmax(row);
    for (int64_t c = 0; c < columns; ++c) {
      const float value = row[static_cast<size_t>(c)];
      if (!int8) {
        out.as<float>()[begin + c] = value;
        continue;
      }
      const float steps = std::min(std::round(value / out.type.quant->scale), 1e6f);
      out.as<int8_t>()[begin + c] = narrow(static_cast<int32_t>(steps), out.type.quant->zero_point);
    }
  }
}

}  // namespace nnstretch::ir

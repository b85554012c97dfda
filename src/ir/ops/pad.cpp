#include "ir/ops/pad.h"

#include <fmt/format.h>

#include <cstring>

#include "base/error.h"
#include "ir/ops/strides.h"

namespace nnstretch::ir {

Shape infer(const Pad& op, std::span<const Shape> in) {
  constexpr int kMost = 1 << 16;
  const auto bad = [](int size) { return size < 0 || size > kMost; };
  const Pads& p = op.pads;
  if (in[0].size() != 4 || bad(p.top) || bad(p.left) || bad(p.bottom) || bad(p.right))
    throw ShapeError({.what = fmt::format("cannot pad {} by {},{},{},{}", to_string(in[0]), p.top,
                                          p.left, p.bottom, p.right)});
  return {in[0][0], in[0][1] + p.top + p.bottom, in[0][2] + p.left + p.right, in[0][3]};
}

std::vector<Shape> weight_shapes(const Pad&, std::span<const Shape>) { return {}; }

Cost cost(const Pad&, std::span<const Shape>, const Shape&) { return {}; }

void reference(const Pad& op, std::span<const View> in, std::span<const View>, MutView out) {
  const Shape &x = in[0].type.shape, &y = out.type.shape;
  const int zero = out.type.quant ? out.type.quant->zero_point : 0;
  std::memset(out.data, zero, out.type.bytes());
  const int64_t pixel = bytes_from(3, in[0].type), row = pixel * x[2];
  for (int64_t n = 0; n < x[0]; ++n)
    for (int64_t h = 0; h < x[1]; ++h)
      std::memcpy(out.data + ((n * y[1] + h + op.pads.top) * y[2] + op.pads.left) * pixel,
                  in[0].data + (n * x[1] + h) * row, static_cast<size_t>(row));
}

}  // namespace nnstretch::ir

#include "formats/tflite/layout.h"

#include <algorithm>
#include <cstring>

namespace nnstretch::tflite {
namespace {

// Strides (in elements) of a dense array, and its sizes, in the order of the target.
struct Walk {
  std::array<size_t, 4> size, stride;
};

Walk walk(const ir::Shape& shape, const Order& order) {
  std::array<size_t, 4> dense;
  size_t step = 1;
  for (size_t i = 4; i-- > 0; step *= static_cast<size_t>(shape[i])) dense[i] = step;
  Walk walk;
  for (size_t i = 0; i < 4; ++i) {
    const auto from = static_cast<size_t>(order.dims[i]);
    walk.size[i] = static_cast<size_t>(shape[from]);
    walk.stride[i] = dense[from];
  }
  return walk;
}

template <size_t kElement>
void copy(const std::byte* from, std::byte* to, const Walk& w) {
  for (size_t a = 0; a < w.size[0]; ++a)
    for (size_t b = 0; b < w.size[1]; ++b)
      for (size_t c = 0; c < w.size[2]; ++c)
        for (size_t d = 0; d < w.size[3]; ++d, to += kElement) {
          const size_t at = a * w.stride[0] + b * w.stride[1] + c * w.stride[2] + d * w.stride[3];
          std::memcpy(to, from + at * kElement, kElement);
        }
}

}  // namespace

ir::Shape permute(const ir::Shape& shape, const Order& order) {
  ir::Shape out;
  for (const int dim : order.dims) out.push_back(shape[static_cast<size_t>(dim)]);
  return out;
}

std::vector<std::byte> permute(std::span<const std::byte> bytes, const ir::Shape& shape,
                               size_t element, const Order& order) {
  std::vector<std::byte> out(bytes.size());
  const Walk target = walk(shape, order);
  element == 1 ? copy<1>(bytes.data(), out.data(), target)
               : copy<4>(bytes.data(), out.data(), target);
  return out;
}

ir::Pads same_pads(const ir::Window& window, int64_t height, int64_t width) {
  const auto total = [](int64_t size, int64_t kernel, int64_t stride) {
    const int64_t positions = (size + stride - 1) / stride;
    return static_cast<int>(std::max<int64_t>((positions - 1) * stride + kernel - size, 0));
  };
  const int h = total(height, window.kernel.h, window.stride.h);
  const int w = total(width, window.kernel.w, window.stride.w);
  return {.top = h / 2, .left = w / 2, .bottom = h - h / 2, .right = w - w / 2};
}

bool zero_never_wins(const ir::Node& value) {
  if (value.type.quant) return value.type.quant->zero_point == -128;
  const auto clips = [](ir::Act act) {
    return act == ir::Act::relu || act == ir::Act::relu6 || act == ir::Act::sigmoid;
  };
  return std::visit(
      [&](const auto& op) {
        if constexpr (requires { op.act; }) return clips(op.act);
        if constexpr (requires { op.kind; }) return clips(op.kind);
        return false;
      },
      value.op);
}

}  // namespace nnstretch::tflite

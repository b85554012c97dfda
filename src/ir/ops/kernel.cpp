#include "ir/ops/kernel.h"

#include <fmt/format.h>

#include <array>

#include "base/error.h"

namespace nnstretch::ir {

std::string_view name_of(Act act) {
  constexpr std::array<std::string_view, 8> names = {
      "none", "relu", "relu6", "silu", "gelu", "sigmoid", "hard_sigmoid", "hard_swish"};
  return names.at(static_cast<size_t>(act));
}

Shape slide(const Window& window, const Shape& in, int64_t channels) {
  if (in.size() != 4)
    throw ShapeError({.what = fmt::format("a window needs an NHWC tensor, not {}", to_string(in))});
  const int64_t height = in[1] + window.pads.top + window.pads.bottom - window.kernel.h;
  const int64_t width = in[2] + window.pads.left + window.pads.right - window.kernel.w;
  if (height < 0 || width < 0 || window.stride.h < 1 || window.stride.w < 1 ||
      window.kernel.h < 1 || window.kernel.w < 1)
    throw ShapeError({.what = fmt::format("a {}x{} window does not fit into {}", window.kernel.h,
                                          window.kernel.w, to_string(in)),
                      .fix = "use a larger input or fewer strides"});
  return {in[0], height / window.stride.h + 1, width / window.stride.w + 1, channels};
}

}  // namespace nnstretch::ir

// 2-D convolution, grouped and depthwise ones too, with a fused bias and activation.
#pragma once
#include "ir/ops/kernel.h"

namespace nnstretch::ir {

// Weights: (out, in/groups, kh, kw) and, if `bias`, (out).
struct Conv2d {
  int out_channels = 0;
  Window window;
  int groups = 1;
  bool bias = false;
  Act act = Act::none;

  static constexpr std::string_view kName = "conv";
  void fields(auto&& f) {
    f("out", out_channels), f("window", window), f("groups", groups), f("bias", bias),
        f("act", act);
  }
};

Shape infer(const Conv2d& op, std::span<const Shape> in);
std::vector<Shape> weight_shapes(const Conv2d& op, std::span<const Shape> in);
Cost cost(const Conv2d& op, std::span<const Shape> in, const Shape& out);
void reference(const Conv2d& op, std::span<const View> in, std::span<const View> weights,
               MutView out);

}  // namespace nnstretch::ir

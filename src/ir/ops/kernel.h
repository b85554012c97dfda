// What every operator offers, beside its plain struct. An operator X is one file pair
// ops/x.{h,cpp}:
// clang-format off
//     struct X { ...; static constexpr std::string_view kName; void fields(auto&& f); };
//     Shape infer(const X&, std::span<const Shape> in);  // ShapeError if they do not fit
//     std::vector<Shape> weight_shapes(const X&, std::span<const Shape> in);
//     Cost cost(const X&, std::span<const Shape> in, const Shape& out);
//     void reference(const X&, std::span<const View> in, std::span<const View> weights, MutView out);
// clang-format on
// and one line in op.h. `reference` is the truth for tests: plain loops, float32 and, for int8,
// the arithmetic of TF-Lite's reference kernels bit for bit.
#pragma once
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "ir/tensor_type.h"

namespace nnstretch::ir {

// Multiply-adds, learnable numbers, and elements written by convolutions, pools and linear layers.
struct Cost {
  int64_t flops = 0, params = 0, acts = 0;
  Cost& operator+=(const Cost& other) {
    flops += other.flops, params += other.params, acts += other.acts;
    return *this;
  }
  bool operator==(const Cost&) const = default;
};

// A tensor to read. Weights of int8 networks carry one scale an output channel.
struct View {
  const TensorType& type;
  const std::byte* data;
  std::span<const float> scales = {};

  template <class T>
  const T* as() const {
    return reinterpret_cast<const T*>(data);
  }
};
struct MutView {
  const TensorType& type;
  std::byte* data;

  template <class T>
  T* as() const {
    return reinterpret_cast<T*>(data);
  }
};

// Activation functions, alone or fused behind a convolution, sum, product or linear layer.
// In an int8 graph only none, relu and relu6 are fused.
enum class Act { none, relu, relu6, silu, gelu, sigmoid, hard_sigmoid, hard_swish };
std::string_view name_of(Act act);

struct Size2 {
  int h = 1, w = 1;
  bool operator==(const Size2&) const = default;
};
struct Pads {
  int top = 0, left = 0, bottom = 0, right = 0;
  bool operator==(const Pads&) const = default;
};
// A sliding window over height and width.
struct Window {
  Size2 kernel, stride;
  Pads pads;
  // k x k with (k-1)/2 on every side, as PyTorch networks have it.
  static Window square(int kernel, int stride) {
    const int pad = (kernel - 1) / 2;
    return {{kernel, kernel}, {stride, stride}, {pad, pad, pad, pad}};
  }
  bool operator==(const Window&) const = default;
};
// (N, H, W, channels) after a window has passed over `in`; ShapeError if nothing is left.
Shape slide(const Window& window, const Shape& in, int64_t channels);

}  // namespace nnstretch::ir

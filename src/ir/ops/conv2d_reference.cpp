// Convolution by plain loops. The sums of one output row are kept together and the output channel
// is the innermost loop, so that compilers vectorise it; weights are repacked for that in every
// call. int8: 32-bit sums of (x - zero_point) * w, the bias, one Multiplier a channel, clamped.
#include <algorithm>
#include <vector>

#include "ir/ops/apply_act.h"
#include "ir/ops/conv2d.h"
#include "ir/ops/fixed_point.h"

namespace nnstretch::ir {
namespace {

struct Geometry {
  Geometry(const Conv2d& op, const Shape& in, const Shape& out)
      : batch(in[0]),
        in_h(in[1]),
        in_w(in[2]),
        in_c(in[3]),
        out_h(out[1]),
        out_w(out[2]),
        out_c(out[3]),
        groups(op.groups),
        group_in(in_c / groups),
        group_out(out_c / groups),
        window(op.window) {}

  int64_t batch, in_h, in_w, in_c, out_h, out_w, out_c, groups, group_in, group_out;
  Window window;
};

// (out, in/groups, kh, kw) to (kh, kw, in/groups, out).
template <class To, class From>
std::vector<To> repacked(const Geometry& g, const From* weights) {
  const int64_t taps = int64_t{g.window.kernel.h} * g.window.kernel.w;
  std::vector<To> packed(static_cast<size_t>(taps * g.group_in * g.out_c));
  for (int64_t out = 0; out < g.out_c; ++out)
    for (int64_t in = 0; in < g.group_in; ++in)
      for (int64_t tap = 0; tap < taps; ++tap)
        packed[(tap * g.group_in + in) * g.out_c + out] = *weights++;
  return packed;
}

// The output columns for which column `tap` of the window lies inside the image.
struct Columns {
  int64_t begin, end;
};
Columns columns_inside(const Geometry& g, int tap) {
  const int64_t stride = g.window.stride.w, before = g.window.pads.left - tap;
  const int64_t begin = before > 0 ? (before + stride - 1) / stride : 0;
  const int64_t last = g.in_w - 1 + before;
  return {begin, last < 0 ? 0 : std::min(g.out_w, last / stride + 1)};
}

template <class In, class Sum>
void add_scaled(Sum* __restrict sums, In factor, const In* __restrict weights, int64_t count) {
  for (int64_t i = 0; i < count; ++i) sums[i] += static_cast<Sum>(factor * weights[i]);
}

template <class In, class Sum>
void add_products(Sum* __restrict sums, const In* __restrict values, const In* __restrict weights,
                  int64_t count) {
  for (int64_t i = 0; i < count; ++i) sums[i] += static_cast<Sum>(values[i] * weights[i]);
}

// Adds to the sums (out_w, out_c) of an output row what column `tap` of one row of the window
// gives. `row` is the row of the image under it, `weights` is (in/groups, out).
template <class In, class Sum>
void add_tap(const Geometry& g, int tap, const In* row, const In* weights, Sum* sums) {
  const auto [begin, end] = columns_inside(g, tap);
  const auto pixel = [&](int64_t x) {
    return row + (x * g.window.stride.w - g.window.pads.left + tap) * g.in_c;
  };
  if (g.group_in == 1 && g.group_out == 1) {  // depthwise
    for (int64_t x = begin; x < end; ++x)
      add_products(sums + x * g.out_c, pixel(x), weights, g.out_c);
    return;
  }
  for (int64_t group = 0; group < g.groups; ++group)
    for (int64_t in = 0; in < g.group_in; ++in)
      for (int64_t x = begin; x < end; ++x)
        add_scaled(sums + x * g.out_c + group * g.group_out, pixel(x)[group * g.group_in + in],
                   weights + in * g.out_c + group * g.group_out, g.group_out);
}

// Calls finish(sums, row) for every output row, counted through the batch; sums is (out_w, out_c).
template <class Sum, class In, class Finish>
void convolve(const Geometry& g, const In* image, const In* weights, const Finish& finish) {
  std::vector<Sum> sums(static_cast<size_t>(g.out_w * g.out_c));
  for (int64_t row = 0; row < g.batch * g.out_h; ++row) {
    std::fill(sums.begin(), sums.end(), Sum{});
    const int64_t top = row % g.out_h * g.window.stride.h - g.window.pads.top;
    for (int ky = 0; ky < g.window.kernel.h; ++ky) {
      const int64_t y = top + ky;
      if (y < 0 || y >= g.in_h) continue;
      const In* under = image + (row / g.out_h * g.in_h + y) * g.in_w * g.in_c;
      for (int kx = 0; kx < g.window.kernel.w; ++kx)
        add_tap(g, kx, under, weights + (ky * g.window.kernel.w + kx) * g.group_in * g.out_c,
                sums.data());
    }
    finish(sums.data(), row);
  }
}

void convolve_f32(const Conv2d& op, const Geometry& g, std::span<const View> in,
                  std::span<const View> weights, MutView out) {
  const auto packed = repacked<float>(g, weights[0].as<float>());
  const float* bias = op.bias ? weights[1].as<float>() : nullptr;
  const int64_t row_size = g.out_w * g.out_c;
  convolve<float>(g, in[0].as<float>(), packed.data(), [&](const float* sums, int64_t row) {
    float* target = out.as<float>() + row * row_size;
    for (int64_t x = 0; x < g.out_w; ++x)
      for (int64_t c = 0; c < g.out_c; ++c)
        target[x * g.out_c + c] = sums[x * g.out_c + c] + (bias ? bias[c] : 0.0f);
    apply_act(op.act, {target, static_cast<size_t>(row_size)});
  });
}

// The sums wrap (they are unsigned), as the hardware of every engine does when weights are absurd.
void convolve_i8(const Conv2d& op, const Geometry& g, std::span<const View> in,
                 std::span<const View> weights, MutView out) {
  const Quant& from = *in[0].type.quant;
  const Quant& to = *out.type.quant;
  std::vector<int16_t> image(static_cast<size_t>(count(in[0].type.shape)));
  for (size_t i = 0; i < image.size(); ++i)
    image[i] = static_cast<int16_t>(in[0].as<int8_t>()[i] - from.zero_point);
  const auto packed = repacked<int16_t>(g, weights[0].as<int8_t>());
  const int32_t* bias = op.bias ? weights[1].as<int32_t>() : nullptr;
  const auto factors = channel_multipliers(from, weights[0].scales, to, g.out_c);
  const StoredRange range = stored_range(op.act, to);
  convolve<uint32_t>(g, image.data(), packed.data(), [&](const uint32_t* sums, int64_t row) {
    int8_t* target = out.as<int8_t>() + row * g.out_w * g.out_c;
    for (int64_t x = 0; x < g.out_w; ++x)
      for (int64_t c = 0; c < g.out_c; ++c) {
        const uint32_t sum = *sums++ + static_cast<uint32_t>(bias ? bias[c] : 0);
        *target++ = narrow(factors[c].apply(static_cast<int32_t>(sum)), to.zero_point, range);
      }
  });
}

}  // namespace

void reference(const Conv2d& op, std::span<const View> in, std::span<const View> weights,
               MutView out) {
  const Geometry geometry(op, in[0].type.shape, out.type.shape);
  const auto convolve_type = out.type.dtype == DType::i8 ? convolve_i8 : convolve_f32;
  convolve_type(op, geometry, in, weights, out);
}

}  // namespace nnstretch::ir

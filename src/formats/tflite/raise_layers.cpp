// Reading of what slides or multiplies: padding, convolutions, pools, linear layers (raise.h).
#include <fmt/format.h>

#include <cstring>
#include <limits>

#include "base/error.h"
#include "formats/tflite/raise.h"

namespace nnstretch::tflite {
namespace {

using schema::BuiltinOperator;
using schema::TensorType;

bool is_lowest(const FileTensor& filling) {
  if (filling.type == TensorType::INT8 && filling.constant.size() == 1)
    return filling.constant[0] == std::byte{0x80};
  float value = 0;
  if (filling.type != TensorType::FLOAT32 || filling.constant.size() != sizeof value) return false;
  std::memcpy(&value, filling.constant.data(), sizeof value);
  return value <= std::numeric_limits<float>::lowest();
}

// The input of a window with all its padding, and the window's pads.
struct Slid {
  ir::NodeId in;
  ir::Pads pads;
};

// ---- windows

// Whether the padding at hand is all there is of a window that alone reads it.
bool is_of_a_window(const Raising& it) {
  using schema::Padding;
  const auto is_valid = [&](schema::BuiltinOperator code, auto options) {
    const FileOperator* reader = it.only_reader(it.op().output(), code);
    if (!reader || reader->inputs.empty() || reader->inputs[0] != it.op().output()) return false;
    const auto* given = (reader->raw->*options)();
    return given && given->padding() == Padding::VALID;
  };
  using Code = schema::BuiltinOperator;
  using Op = schema::Operator;
  return is_valid(Code::CONV_2D, &Op::builtin_options_as_Conv2DOptions) ||
         is_valid(Code::DEPTHWISE_CONV_2D, &Op::builtin_options_as_DepthwiseConv2DOptions) ||
         is_valid(Code::AVERAGE_POOL_2D, &Op::builtin_options_as_Pool2DOptions) ||
         (is_valid(Code::MAX_POOL_2D, &Op::builtin_options_as_Pool2DOptions) &&
          zero_never_wins(it.so_far().node(it.operand(0))));
}

void pad(Raising& it) {
  const bool with_value = it.op().code == BuiltinOperator::PADV2;
  it.need_inputs(with_value ? 3 : 2, with_value ? 3 : 2);
  const auto table = it.int32s(1);
  const FileTensor& x = it.in(0);
  if (table.size() != 8 || x.shape.size() != 4 || table[0] || table[1] || table[6] || table[7])
    it.refuse("only padding of height and width is known");
  constexpr int32_t kMost = 1 << 16;
  for (const int32_t size : table)
    if (size < 0 || size > kMost) it.refuse(fmt::format("a padding of {}", size));
  const ir::Pads pads{.top = table[2], .left = table[4], .bottom = table[3], .right = table[5]};
  const ir::Shape wanted = {x.shape[0], x.shape[1] + pads.top + pads.bottom,
                            x.shape[2] + pads.left + pads.right, x.shape[3]};
  if (it.out().shape != wanted || it.out().type != x.type || it.out().scales != x.scales ||
      it.out().zero_points != x.zero_points)
    it.refuse("its result is not its padded operand");
  if (with_value && !is_lowest(it.in(2))) it.refuse("only padding with the lowest number is known");
  const ir::NodeId padded = it.operand(0);
  if (!with_value && !is_of_a_window(it)) return it.give(ir::Pad{pads}, {padded});
  it.keep(Padded{it.op().inputs[0], pads, with_value});
}

Slid slid(const Raising& it, schema::Padding padding, ir::Window window, bool padding_must_lose) {
  if (const auto* padded = std::get_if<Padded>(&it.value(0))) {
    const ir::NodeId x = it.node(padded->of);
    const bool fits = padding_must_lose ? padded->lowest || zero_never_wins(it.so_far().node(x))
                                        : !padded->lowest;
    if (padding != schema::Padding::VALID || !fits)
      it.refuse("this padding before it is not known");
    return {x, padded->pads};
  }
  if (padding == schema::Padding::VALID) return {it.operand(0), {}};
  if (padding != schema::Padding::SAME) it.refuse("its padding is neither SAME nor VALID");
  return {it.operand(0), same_pads(window, it.in(0).shape[1], it.in(0).shape[2])};
}

template <class Options>
ir::Window window(const Raising& it, const Options& options, int64_t height, int64_t width) {
  if constexpr (requires { options.dilation_h_factor(); })
    if (options.dilation_h_factor() != 1 || options.dilation_w_factor() != 1)
      it.refuse("dilated convolutions are not known");
  if (options.stride_h() < 1 || options.stride_w() < 1 || height < 1 || width < 1)
    it.refuse("its window has no size or no stride");
  return {.kernel = {static_cast<int>(height), static_cast<int>(width)},
          .stride = {options.stride_h(), options.stride_w()},
          .pads = {}};
}

std::pair<ir::NodeId, ir::Window> pool(const Raising& it, bool padding_must_lose) {
  it.need_inputs(1, 1);
  const auto& given = it.options<schema::Pool2DOptions>();
  if (given.fused_activation_function() != schema::ActivationFunctionType::NONE)
    it.refuse("an activation behind a pool is not known");
  if (it.in(0).shape.size() != 4) it.refuse("its operand is not NHWC");
  ir::Window size = window(it, given, given.filter_height(), given.filter_width());
  const auto [x, pads] = slid(it, given.padding(), size, padding_must_lose);
  size.pads = pads;
  return {x, size};
}

void max_pool(Raising& it) {
  const auto [x, size] = pool(it, true);
  it.give(ir::MaxPool{size}, {x});
}

// SAME leaves padding out of the average, a PAD before it does not.
void avg_pool(Raising& it) {
  const auto [x, size] = pool(it, false);
  it.give(ir::AvgPool{size, std::holds_alternative<Padded>(it.value(0))}, {x});
}

void give_layer(Raising& it, ir::Op op, ir::NodeId x, std::vector<std::string> weights) {
  if (it.in(1).type == it.in(0).type) return it.give(std::move(op), {x}, std::move(weights));
  const ir::Place& at = it.place();
  x = it.add({.name = it.out().name + "_real", .op = ir::Dequantize{}, .inputs = {x}, .at = at});
  x = it.add({.name = it.out().name + "_float",
              .op = std::move(op),
              .inputs = {x},
              .weights = std::move(weights),
              .at = at});
  it.give(ir::Quantize{}, {x});
}

template <class Options>
void convolution(Raising& it, bool depthwise) {
  it.need_inputs(2, 3);
  const auto& given = it.options<Options>();
  const ir::Shape& filter = it.in(1).shape;
  if (filter.size() != 4 || it.in(0).shape.size() != 4 || (depthwise && filter[0] != 1))
    it.refuse("its operand or filter is not four-dimensional");
  const int64_t channels = it.in(0).shape[3];
  const int64_t out_channels = depthwise ? filter[3] : filter[0];
  const int64_t per_group = depthwise ? 1 : filter[3];
  if (channels % per_group) it.refuse("its filter does not divide the channels");

  ir::Conv2d op{.out_channels = static_cast<int>(out_channels),
                .window = window(it, given, filter[1], filter[2]),
                .groups = static_cast<int>(channels / per_group),
                .bias = it.has_bias(),
                .act = it.act_of_field(given.fused_activation_function())};
  const auto [x, pads] = slid(it, given.padding(), op.window, false);
  op.window.pads = pads;
  std::vector<std::string> names = {
      it.store_weights({out_channels, per_group, filter[1], filter[2]}, depthwise ? 3 : 0,
                       depthwise ? &kDepthwiseFromFile : &kConvFromFile)};
  if (op.bias) names.push_back(it.store_bias(out_channels, names[0]));
  give_layer(it, op, x, std::move(names));
}

void conv(Raising& it) { convolution<schema::Conv2DOptions>(it, false); }
void depthwise_conv(Raising& it) { convolution<schema::DepthwiseConv2DOptions>(it, true); }

void linear(Raising& it) {
  it.need_inputs(2, 3);
  const auto& given = it.options<schema::FullyConnectedOptions>();
  const ir::Shape& filter = it.in(1).shape;
  if (filter.size() != 2 || given.weights_format() != 0) it.refuse("its weights are not (out, in)");
  std::vector<std::string> names = {it.store_weights(filter, 0, nullptr)};
  names.push_back(it.store_bias(filter[0], names[0]));
  ir::NodeId x = it.operand(0);
  if (const ir::Shape& shape = it.in(0).shape; shape.size() != 2) {
    if (given.keep_num_dims() || ir::count(shape) % filter[1])
      it.refuse(fmt::format("its operand is {}, not (N, {})", ir::to_string(shape), filter[1]));
    x = it.add({.name = it.out().name + "_flat",
                .op = ir::Reshape{{ir::count(shape) / filter[1], filter[1]}},
                .inputs = {x},
                .at = it.place()});
  }
  give_layer(
      it,
      ir::Linear{static_cast<int>(filter[0]), it.act_of_field(given.fused_activation_function())},
      x, std::move(names));
}

constexpr Row kRows[] = {
    {BuiltinOperator::CONV_2D, conv},
    {BuiltinOperator::DEPTHWISE_CONV_2D, depthwise_conv},
    {BuiltinOperator::FULLY_CONNECTED, linear},
    {BuiltinOperator::MAX_POOL_2D, max_pool},
    {BuiltinOperator::AVERAGE_POOL_2D, avg_pool},
    {BuiltinOperator::PAD, pad},
    {BuiltinOperator::PADV2, pad},
};

}  // namespace

std::span<const Row> rows_of_layers() { return kRows; }

}  // namespace nnstretch::tflite

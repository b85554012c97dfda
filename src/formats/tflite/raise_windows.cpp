// Reading of what slides or multiplies: padding, convolutions, pools, linear layers.
#include <fmt/format.h>

#include <cstring>
#include <limits>

#include "base/error.h"
#include "formats/tflite/lower.h"
#include "formats/tflite/raise.h"

namespace nnstretch::tflite {
namespace {

using schema::TensorType;

bool is_lowest(const FileTensor& filling) {
  if (filling.type == TensorType::INT8 && filling.constant.size() == 1)
    return filling.constant[0] == std::byte{0x80};
  float value = 0;
  if (filling.type != TensorType::FLOAT32 || filling.constant.size() != sizeof value) return false;
  std::memcpy(&value, filling.constant.data(), sizeof value);
  return value <= std::numeric_limits<float>::lowest();
}

}  // namespace

// ---- windows

void Raising::pad() {
  const bool with_value = op_->code == schema::BuiltinOperator::PADV2;
  need_inputs(with_value ? 3 : 2, with_value ? 3 : 2);
  const auto table = int32s(1);
  const FileTensor& x = in(0);
  if (table.size() != 8 || x.shape.size() != 4 || table[0] || table[1] || table[6] || table[7])
    refuse("only padding of height and width is known");
  constexpr int32_t kMost = 1 << 16;
  for (const int32_t size : table)
    if (size < 0 || size > kMost) refuse(fmt::format("a padding of {}", size));
  const ir::Pads pads{.top = table[2], .left = table[4], .bottom = table[3], .right = table[5]};
  const ir::Shape wanted = {x.shape[0], x.shape[1] + pads.top + pads.bottom,
                            x.shape[2] + pads.left + pads.right, x.shape[3]};
  if (out().shape != wanted || out().type != x.type || out().scales != x.scales ||
      out().zero_points != x.zero_points)
    refuse("its result is not its padded operand");
  if (with_value && !is_lowest(in(2))) refuse("only padding with the lowest number is known");
  const ir::NodeId padded = operand(0);
  if (!with_value && !is_of_a_window()) return give(ir::Pad{pads}, {padded});
  keep(Padded{op_->inputs[0], pads, with_value});
}

// Whether the padding at hand is all there is of a window that alone reads it.
bool Raising::is_of_a_window() const {
  using schema::Padding;
  const auto is_valid = [&](schema::BuiltinOperator code, auto options) {
    const FileOperator* reader = only_reader(op_->output(), code);
    if (!reader || reader->inputs.empty() || reader->inputs[0] != op_->output()) return false;
    const auto* given = (reader->raw->*options)();
    return given && given->padding() == Padding::VALID;
  };
  using Code = schema::BuiltinOperator;
  using Op = schema::Operator;
  return is_valid(Code::CONV_2D, &Op::builtin_options_as_Conv2DOptions) ||
         is_valid(Code::DEPTHWISE_CONV_2D, &Op::builtin_options_as_DepthwiseConv2DOptions) ||
         is_valid(Code::AVERAGE_POOL_2D, &Op::builtin_options_as_Pool2DOptions) ||
         (is_valid(Code::MAX_POOL_2D, &Op::builtin_options_as_Pool2DOptions) &&
          zero_never_wins(builder_.so_far().node(operand(0))));
}

Raising::Slid Raising::slid(schema::Padding padding, ir::Window window,
                            bool padding_must_lose) const {
  if (const auto* padded = std::get_if<Padded>(&value(0))) {
    const ir::NodeId x = node(padded->of);
    const bool fits = padding_must_lose
                          ? padded->lowest || zero_never_wins(builder_.so_far().node(x))
                          : !padded->lowest;
    if (padding != schema::Padding::VALID || !fits) refuse("this padding before it is not known");
    return {x, padded->pads};
  }
  if (padding == schema::Padding::VALID) return {operand(0), {}};
  if (padding != schema::Padding::SAME) refuse("its padding is neither SAME nor VALID");
  return {operand(0), same_pads(window, in(0).shape[1], in(0).shape[2])};
}

template <class Options>
ir::Window Raising::window(const Options& options, int64_t height, int64_t width) const {
  if constexpr (requires { options.dilation_h_factor(); })
    if (options.dilation_h_factor() != 1 || options.dilation_w_factor() != 1)
      refuse("dilated convolutions are not known");
  if (options.stride_h() < 1 || options.stride_w() < 1 || height < 1 || width < 1)
    refuse("its window has no size or no stride");
  return {.kernel = {static_cast<int>(height), static_cast<int>(width)},
          .stride = {options.stride_h(), options.stride_w()},
          .pads = {}};
}

std::pair<ir::NodeId, ir::Window> Raising::pool(bool padding_must_lose) const {
  need_inputs(1, 1);
  const auto& given = options<schema::Pool2DOptions>();
  if (given.fused_activation_function() != schema::ActivationFunctionType::NONE)
    refuse("an activation behind a pool is not known");
  if (in(0).shape.size() != 4) refuse("its operand is not NHWC");
  ir::Window size = window(given, given.filter_height(), given.filter_width());
  const auto [x, pads] = slid(given.padding(), size, padding_must_lose);
  size.pads = pads;
  return {x, size};
}

void Raising::max_pool() {
  const auto [x, size] = pool(true);
  give(ir::MaxPool{size}, {x});
}

// SAME leaves padding out of the average, a PAD before it does not.
void Raising::avg_pool() {
  const auto [x, size] = pool(false);
  give(ir::AvgPool{size, std::holds_alternative<Padded>(value(0))}, {x});
}

template <class Options>
void Raising::convolution(bool depthwise) {
  need_inputs(2, 3);
  const auto& given = options<Options>();
  const ir::Shape& filter = in(1).shape;
  if (filter.size() != 4 || in(0).shape.size() != 4 || (depthwise && filter[0] != 1))
    refuse("its operand or filter is not four-dimensional");
  const int64_t channels = in(0).shape[3];
  const int64_t out_channels = depthwise ? filter[3] : filter[0];
  const int64_t per_group = depthwise ? 1 : filter[3];
  if (channels % per_group) refuse("its filter does not divide the channels");

  ir::Conv2d op{.out_channels = static_cast<int>(out_channels),
                .window = window(given, filter[1], filter[2]),
                .groups = static_cast<int>(channels / per_group),
                .bias = has_bias(),
                .act = act_of_field(given.fused_activation_function())};
  const auto [x, pads] = slid(given.padding(), op.window, false);
  op.window.pads = pads;
  std::vector<std::string> names = {
      store_weights({out_channels, per_group, filter[1], filter[2]}, depthwise ? 3 : 0,
                    depthwise ? &kDepthwiseFromFile : &kConvFromFile)};
  if (op.bias) names.push_back(store_bias(out_channels, names[0]));
  give_layer(op, x, std::move(names));
}

void Raising::give_layer(ir::Op op, ir::NodeId x, std::vector<std::string> weights) {
  if (in(1).type == in(0).type) return give(std::move(op), {x}, std::move(weights));
  const ir::Place& at = places_.operators[index_].at;
  x = add({.name = out().name + "_real", .op = ir::Dequantize{}, .inputs = {x}, .at = at});
  x = add({.name = out().name + "_float",
           .op = std::move(op),
           .inputs = {x},
           .weights = std::move(weights),
           .at = at});
  give(ir::Quantize{}, {x});
}

void Raising::conv() { convolution<schema::Conv2DOptions>(false); }
void Raising::depthwise_conv() { convolution<schema::DepthwiseConv2DOptions>(true); }

void Raising::linear() {
  need_inputs(2, 3);
  const auto& given = options<schema::FullyConnectedOptions>();
  const ir::Shape& filter = in(1).shape;
  if (filter.size() != 2 || given.weights_format() != 0) refuse("its weights are not (out, in)");
  std::vector<std::string> names = {store_weights(filter, 0, nullptr)};
  names.push_back(store_bias(filter[0], names[0]));
  ir::NodeId x = operand(0);
  if (const ir::Shape& shape = in(0).shape; shape.size() != 2) {
    if (given.keep_num_dims() || ir::count(shape) % filter[1])
      refuse(fmt::format("its operand is {}, not (N, {})", ir::to_string(shape), filter[1]));
    x = add({.name = out().name + "_flat",
             .op = ir::Reshape{{ir::count(shape) / filter[1], filter[1]}},
             .inputs = {x},
             .at = places_.operators[index_].at});
  }
  give_layer(
      ir::Linear{static_cast<int>(filter[0]), act_of_field(given.fused_activation_function())}, x,
      std::move(names));
}

}  // namespace nnstretch::tflite

// Writing of what slides or multiplies: padding, convolutions, pools, linear layers (lower.h).
#include <cstring>
#include <limits>

#include "formats/if_taken.h"
#include "formats/tflite/layout.h"
#include "formats/tflite/lower.h"

namespace nnstretch::tflite {
namespace {

using Code = schema::BuiltinOperator;

// Where a window slides: the tensor, padded if need be, and the word that says the rest.
struct Slid {
  TensorId in;
  schema::Padding padding;
};

std::vector<int32_t> pad_table(const ir::Pads& p) {
  return {0, 0, p.top, p.bottom, p.left, p.right, 0, 0};
}

void pad(Lowering& it, const ir::Pads& pads, const Site& site, bool with_lowest, TensorId result) {
  const ir::Node& x = it.operand(site, 0);
  const TensorId table = it.out().int32s(site.node.name + "_pads", pad_table(pads), {4, 2});
  if (!with_lowest) {
    it.out().op(Code::PAD, site.int8 ? 2 : 1, {site.in[0], table}, result, schema::PadOptionsT{});
    return;
  }
  Constant lowest{.name = site.node.name + "_lowest",
                  .type = schema::TensorType::FLOAT32,
                  .shape = {},
                  .bytes = std::vector<std::byte>(4)};
  if (site.int8) {
    lowest.type = schema::TensorType::INT8;
    lowest.bytes = {std::byte{0x80}};
    lowest.scales = {x.type.quant->scale};
    lowest.zero_point = x.type.quant->zero_point;
  } else {
    const float value = std::numeric_limits<float>::lowest();
    std::memcpy(lowest.bytes.data(), &value, sizeof value);
  }
  it.out().op(Code::PADV2, site.int8 ? 2 : 1,
              {site.in[0], table, it.out().constant(std::move(lowest))}, result,
              schema::PadV2OptionsT{});
}

TensorId padded(Lowering& it, const ir::Pads& pads, const Site& site, bool with_lowest) {
  const ir::Node& x = it.operand(site, 0);
  ir::TensorType type = x.type;
  type.shape[1] += pads.top + pads.bottom;
  type.shape[2] += pads.left + pads.right;
  const TensorId result = it.beside(site, "_pad", type);
  pad(it, pads, site, with_lowest, result);
  return result;
}

Slid slide(Lowering& it, const ir::Window& window, const Site& site, bool padding_must_lose) {
  const ir::Node& x = it.operand(site, 0);
  if (window.pads == ir::Pads{}) return {site.in[0], schema::Padding::VALID};
  if (window.pads == same_pads(window, x.type.shape[1], x.type.shape[2]))
    return {site.in[0], schema::Padding::SAME};
  return {padded(it, window.pads, site, padding_must_lose && !zero_never_wins(x)),
          schema::Padding::VALID};
}

schema::Pool2DOptionsT pool_options(const ir::Window& window, schema::Padding padding) {
  schema::Pool2DOptionsT options;
  options.padding = padding;
  options.stride_h = window.stride.h;
  options.stride_w = window.stride.w;
  options.filter_height = window.kernel.h;
  options.filter_width = window.kernel.w;
  return options;
}

void lower(Lowering& it, const ir::Pad& op, const Site& site) {
  pad(it, op.pads, site, false, site.out);
}

void lower(Lowering& it, const ir::Conv2d& op, const Site& site) {
  const int64_t channels = it.operand(site, 0).type.shape[3];
  const bool depthwise = op.groups > 1 && op.groups == channels;
  const auto [in, padding] = slide(it, op.window, site, false);
  const std::vector<TensorId> operands = {in, it.weights(site, depthwise), it.bias(site, op.bias)};
  const Fused fused = it.fuse(op.act, site);
  const auto fill = [&, padding = padding](auto options) {
    options.padding = padding;
    options.stride_h = op.window.stride.h;
    options.stride_w = op.window.stride.w;
    options.fused_activation_function = fused.field;
    return options;
  };
  if (depthwise) {
    auto options = fill(schema::DepthwiseConv2DOptionsT{});
    options.depth_multiplier = static_cast<int32_t>(op.out_channels / channels);
    it.out().op(Code::DEPTHWISE_CONV_2D, site.int8 ? 3 : 1, operands, fused.out, options);
  } else {
    // A filter with fewer input channels than its input is a grouped convolution.
    const int version = op.groups > 1 ? 6 : site.int8 ? 3 : 1;
    it.out().op(Code::CONV_2D, version, operands, fused.out, fill(schema::Conv2DOptionsT{}));
  }
  it.finish(op.act, fused, site);
}

void lower(Lowering& it, const ir::MaxPool& op, const Site& site) {
  const auto [in, padding] = slide(it, op.window, site, true);
  it.out().op(Code::MAX_POOL_2D, site.int8 ? 2 : 1, {in}, site.out,
              pool_options(op.window, padding));
}

// SAME leaves padding out of the average, a PAD before it does not.
void lower(Lowering& it, const ir::AvgPool& op, const Site& site) {
  Slid slid{site.in[0], schema::Padding::VALID};
  if (op.window.pads != ir::Pads{})
    slid = op.count_padding ? Slid{padded(it, op.window.pads, site, false), schema::Padding::VALID}
                            : slide(it, op.window, site, false);
  it.out().op(Code::AVERAGE_POOL_2D, site.int8 ? 2 : 1, {slid.in}, site.out,
              pool_options(op.window, slid.padding));
}

void lower(Lowering& it, const ir::Linear& op, const Site& site) {
  const Fused fused = it.fuse(op.act, site);
  schema::FullyConnectedOptionsT options;
  options.fused_activation_function = fused.field;
  it.out().op(Code::FULLY_CONNECTED, site.int8 ? 4 : 1,
              {site.in[0], it.weights(site, false), it.bias(site, true)}, fused.out, options);
  it.finish(op.act, fused, site);
}

}  // namespace

bool lower_layer(Lowering& it, const Site& site) {
  return formats::if_taken(site.node.op, [&](const auto& op) -> decltype(lower(it, op, site)) {
    return lower(it, op, site);
  });
}

}  // namespace nnstretch::tflite

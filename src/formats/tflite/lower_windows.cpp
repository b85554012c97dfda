// Writing of what slides or multiplies: padding, convolutions, pools and their weights.
#include <fmt/format.h>

#include <cstring>
#include <limits>

#include "base/error.h"
#include "formats/tflite/layout.h"
#include "formats/tflite/lower.h"

namespace nnstretch::tflite {

// Where a window slides: the tensor, padded if need be, and the word that says the rest.
struct Lowering::Slid {
  TensorId in;
  schema::Padding padding;
};

namespace {

std::vector<int32_t> pad_table(const ir::Pads& p) {
  return {0, 0, p.top, p.bottom, p.left, p.right, 0, 0};
}

}  // namespace

// ---- windows

Lowering::Slid Lowering::slide(const ir::Window& window, const Site& site, bool padding_must_lose) {
  const ir::Node& x = operand(site, 0);
  if (window.pads == ir::Pads{}) return {site.in[0], schema::Padding::VALID};
  if (window.pads == same_pads(window, x.type.shape[1], x.type.shape[2]))
    return {site.in[0], schema::Padding::SAME};
  return {padded(window.pads, site, padding_must_lose && !zero_never_wins(x)),
          schema::Padding::VALID};
}

TensorId Lowering::padded(const ir::Pads& pads, const Site& site, bool with_lowest) {
  const ir::Node& x = operand(site, 0);
  ir::TensorType type = x.type;
  type.shape[1] += pads.top + pads.bottom;
  type.shape[2] += pads.left + pads.right;
  const TensorId result = beside(site, "_pad", type);
  pad(pads, site, with_lowest, result);
  return result;
}

void Lowering::pad(const ir::Pads& pads, const Site& site, bool with_lowest, TensorId result) {
  const ir::Node& x = operand(site, 0);
  const TensorId table = out_.int32s(site.node.name + "_pads", pad_table(pads), {4, 2});
  if (!with_lowest) {
    out_.op(Code::PAD, site.int8 ? 2 : 1, {site.in[0], table}, result, schema::PadOptionsT{});
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
  out_.op(Code::PADV2, site.int8 ? 2 : 1, {site.in[0], table, out_.constant(std::move(lowest))},
          result, schema::PadV2OptionsT{});
}

void Lowering::lower(const ir::Pad& op, const Site& site) { pad(op.pads, site, false, site.out); }

void Lowering::lower(const ir::Conv2d& op, const Site& site) {
  const int64_t channels = operand(site, 0).type.shape[3];
  const bool depthwise = op.groups > 1 && op.groups == channels;
  const auto [in, padding] = slide(op.window, site, false);
  const std::vector<TensorId> operands = {in, weights(site, depthwise), bias(site, op.bias)};
  const Fused fused = fuse(op.act, site);
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
    out_.op(Code::DEPTHWISE_CONV_2D, site.int8 ? 3 : 1, operands, fused.out, options);
  } else {
    // A filter with fewer input channels than its input is a grouped convolution.
    const int version = op.groups > 1 ? 6 : site.int8 ? 3 : 1;
    out_.op(Code::CONV_2D, version, operands, fused.out, fill(schema::Conv2DOptionsT{}));
  }
  finish(op.act, fused, site);
}

static schema::Pool2DOptionsT pool_options(const ir::Window& window, schema::Padding padding) {
  schema::Pool2DOptionsT options;
  options.padding = padding;
  options.stride_h = window.stride.h;
  options.stride_w = window.stride.w;
  options.filter_height = window.kernel.h;
  options.filter_width = window.kernel.w;
  return options;
}

void Lowering::lower(const ir::MaxPool& op, const Site& site) {
  const auto [in, padding] = slide(op.window, site, true);
  out_.op(Code::MAX_POOL_2D, site.int8 ? 2 : 1, {in}, site.out, pool_options(op.window, padding));
}

// SAME leaves padding out of the average, a PAD before it does not.
void Lowering::lower(const ir::AvgPool& op, const Site& site) {
  Slid slid{site.in[0], schema::Padding::VALID};
  if (op.window.pads != ir::Pads{})
    slid = op.count_padding ? Slid{padded(op.window.pads, site, false), schema::Padding::VALID}
                            : slide(op.window, site, false);
  out_.op(Code::AVERAGE_POOL_2D, site.int8 ? 2 : 1, {slid.in}, site.out,
          pool_options(op.window, slid.padding));
}

// ---- weights

TensorId Lowering::weight(const std::string& name, ir::Shape shape, std::vector<std::byte> bytes,
                          int axis) {
  const std::string key = fmt::format("{} {} {}", name, axis, ir::to_string(shape));
  if (const auto found = weights_.find(key); found != weights_.end()) return found->second;
  const ir::Tensor& tensor = model_.weights.at(name);
  const bool quantised = tensor.dtype != DType::f32;
  if (quantised && tensor.scales.size() != static_cast<size_t>(tensor.shape.at(0)))
    throw FormatError({.what = fmt::format("{} scales for {} output channels", tensor.scales.size(),
                                           tensor.shape.at(0)),
                       .where = name,
                       .fix = "quantise weights with one scale an output channel"});
  const auto type = tensor.dtype == DType::f32  ? schema::TensorType::FLOAT32
                    : tensor.dtype == DType::i8 ? schema::TensorType::INT8
                                                : schema::TensorType::INT32;
  return weights_[key] =
             out_.constant({name, type, std::move(shape), std::move(bytes), tensor.scales, axis});
}

TensorId Lowering::weights(const Site& site, bool depthwise) {
  const std::string& name = site.node.weights[0];
  const ir::Tensor& tensor = model_.weights.at(name);
  if (tensor.dtype != (site.int8 ? DType::i8 : DType::f32))
    throw FormatError({.what = fmt::format("the weights are {}", nnstretch::name_of(tensor.dtype)),
                       .where = name,
                       .fix = "weights and activations must both be float or both int8"});
  if (tensor.shape.size() == 2) return weight(name, tensor.shape, *tensor.bytes, 0);
  const Order& order = depthwise ? kDepthwiseToFile : kConvToFile;
  return weight(name, permute(tensor.shape, order),
                permute(*tensor.bytes, tensor.shape, size_of(tensor.dtype), order),
                depthwise ? 3 : 0);
}

std::vector<float> Lowering::product_scales(const Site& site) const {
  std::vector<float> scales = model_.weights.at(site.node.weights[0]).scales;
  for (float& scale : scales) scale *= operand(site, 0).type.quant->scale;
  return scales;
}

TensorId Lowering::bias(const Site& site, bool named) {
  if (!named) {
    const int64_t channels = site.node.type.shape.back();
    Constant zero{.name = fmt::format("{}{}", site.node.name, kZeroBias),
                  .type = site.int8 ? schema::TensorType::INT32 : schema::TensorType::FLOAT32,
                  .shape = {channels},
                  .bytes = std::vector<std::byte>(static_cast<size_t>(channels) * 4)};
    if (site.int8) zero.scales = product_scales(site);
    return out_.constant(std::move(zero));
  }
  const std::string& name = site.node.weights[1];
  const ir::Tensor& tensor = model_.weights.at(name);
  if (tensor.dtype != (site.int8 ? DType::i32 : DType::f32))
    throw FormatError({.what = fmt::format("the bias is {}", nnstretch::name_of(tensor.dtype)),
                       .where = name,
                       .fix = "the bias of an int8 operator is int32"});
  return weight(name, tensor.shape, *tensor.bytes, 0);
}

}  // namespace nnstretch::tflite

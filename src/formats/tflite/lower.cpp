#include "formats/tflite/lower.h"

#include <fmt/format.h>

#include <cstring>
#include <limits>

#include "base/error.h"
#include "formats/tflite/layout.h"
#include "formats/tflite/writer.h"

namespace nnstretch::tflite {

using ir::Act;
using schema::ActivationFunctionType;

// Where a window slides: the tensor, padded if need be, and the word that says the rest.
struct Lowering::Slid {
  TensorId in;
  schema::Padding padding;
};

namespace {

bool is_native(Act act) { return act == Act::none || act == Act::relu || act == Act::relu6; }

std::vector<int32_t> pad_table(const ir::Pads& p) {
  return {0, 0, p.top, p.bottom, p.left, p.right, 0, 0};
}

}  // namespace

void Lowering::add(ir::NodeId id) {
  const ir::Node& node = model_.graph.node(id);
  if (const auto reason = refusal(model_.graph, id))
    throw FormatError({.what = fmt::format("a .tflite file cannot hold this {}: {}",
                                           ir::name_of(node.op), *reason),
                       .where = node.name});
  Site site{node, {}, out_.value(node.name, node.type), node.type.dtype == DType::i8};
  for (const ir::NodeId input : node.inputs) site.in.push_back(tensors_.at(input));
  out_.at(node.at);
  std::visit([&](const auto& op) { lower(op, site); }, node.op);
  tensors_.push_back(site.out);
}

const ir::Node& Lowering::operand(const Site& site, size_t i) const {
  return model_.graph.node(site.node.inputs[i]);
}

TensorId Lowering::beside(const Site& site, std::string_view suffix, ir::TensorType type) {
  return out_.value(fmt::format("{}{}", site.node.name, suffix), type);
}

// ---- windows
// -------------------------------------------------------------------------------------

Lowering::Slid Lowering::slide(const ir::Window& window, const Site& site, bool padding_must_lose) {
  const ir::Node& x = operand(site, 0);
  const ir::Pads& pads = window.pads;
  if (pads == ir::Pads{}) return {site.in[0], schema::Padding::VALID};
  if (pads == same_pads(window, x.type.shape[1], x.type.shape[2]))
    return {site.in[0], schema::Padding::SAME};

  ir::TensorType padded = x.type;
  padded.shape[1] += pads.top + pads.bottom;
  padded.shape[2] += pads.left + pads.right;
  const TensorId result = beside(site, "_pad", padded);
  const TensorId table = out_.int32s(site.node.name + "_pads", pad_table(pads), {4, 2});
  if (!padding_must_lose || zero_never_wins(x)) {
    out_.op(Code::PAD, site.int8 ? 2 : 1, {site.in[0], table}, result, schema::PadOptionsT{});
    return {result, schema::Padding::VALID};
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
  return {result, schema::Padding::VALID};
}

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

void Lowering::lower(const ir::MaxPool& op, const Site& site) {
  const auto [in, padding] = slide(op.window, site, true);
  schema::Pool2DOptionsT options;
  options.padding = padding;
  options.stride_h = op.window.stride.h;
  options.stride_w = op.window.stride.w;
  options.filter_height = op.window.kernel.h;
  options.filter_width = op.window.kernel.w;
  out_.op(Code::MAX_POOL_2D, site.int8 ? 2 : 1, {in}, site.out, options);
}

// ---- weights
// -------------------------------------------------------------------------------------

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

// ---- activations
// ---------------------------------------------------------------------------------

Lowering::Fused Lowering::fuse(Act act, const Site& site) {
  if (is_native(act)) {
    const auto field = act == Act::relu    ? ActivationFunctionType::RELU
                       : act == Act::relu6 ? ActivationFunctionType::RELU6
                                           : ActivationFunctionType::NONE;
    return {field, site.out};
  }
  return {ActivationFunctionType::NONE, beside(site, "_linear", site.node.type)};
}

void Lowering::finish(Act act, const Fused& fused, const Site& site) {
  if (!is_native(act)) activate(act, fused.out, site);
}

void Lowering::activate(Act act, TensorId in, const Site& site) {
  const int version = site.int8 ? 2 : 1;
  switch (act) {
    case Act::relu:
      out_.op(Code::RELU, version, {in}, site.out);
      break;
    case Act::relu6:
      out_.op(Code::RELU6, version, {in}, site.out);
      break;
    case Act::sigmoid:
      out_.op(Code::LOGISTIC, version, {in}, site.out);
      break;
    case Act::hard_swish:
      out_.op(Code::HARD_SWISH, 1, {in}, site.out, schema::HardSwishOptionsT{});
      break;
    case Act::gelu:
      out_.op(Code::GELU, version, {in}, site.out, schema::GeluOptionsT{});
      break;
    case Act::silu: {
      const TensorId gate = beside(site, kGate, site.node.type);
      out_.op(Code::LOGISTIC, version, {in}, gate);
      out_.op(Code::MUL, version, {in, gate}, site.out, schema::MulOptionsT{});
      break;
    }
    case Act::none:
      break;  // refused before
  }
}

void Lowering::lower(const ir::Activation& op, const Site& site) {
  activate(op.kind, site.in[0], site);
}

// ---- the rest
// ------------------------------------------------------------------------------------

void Lowering::lower(const ir::Mean& op, const Site& site) {
  const std::vector<int32_t> height_and_width = {1, 2};
  schema::ReducerOptionsT options;
  options.keep_dims = op.keep;
  const TensorId axes = out_.int32s(site.node.name + "_axes", height_and_width, {2});
  out_.op(Code::MEAN, site.int8 ? 2 : 1, {site.in[0], axes}, site.out, options);
}

void Lowering::lower(const ir::Add& op, const Site& site) {
  const Fused fused = fuse(op.act, site);
  schema::AddOptionsT options;
  options.fused_activation_function = fused.field;
  out_.op(Code::ADD, site.int8 ? 2 : 1, site.in, fused.out, options);
  finish(op.act, fused, site);
}

void Lowering::lower(const ir::Mul& op, const Site& site) {
  const Fused fused = fuse(op.act, site);
  schema::MulOptionsT options;
  options.fused_activation_function = fused.field;
  int version = 1;
  if (site.int8) {  // version 3 may magnify
    const float product = operand(site, 0).type.quant->scale * operand(site, 1).type.quant->scale;
    version = product / site.node.type.quant->scale >= 1 ? 3 : 2;
  }
  out_.op(Code::MUL, version, site.in, fused.out, options);
  finish(op.act, fused, site);
}

void Lowering::lower(const ir::Concat& op, const Site& site) {
  schema::ConcatenationOptionsT options;
  options.axis = op.axis;
  out_.op(Code::CONCATENATION, site.int8 ? 2 : 1, site.in, site.out, options);
}

void Lowering::lower(const ir::Slice& op, const Site& site) {
  const ir::Shape& shape = site.node.type.shape;
  std::vector<int32_t> begin(shape.size(), 0), size(shape.begin(), shape.end());
  begin[static_cast<size_t>(op.axis)] = op.begin;
  const auto rank = static_cast<int64_t>(shape.size());
  const TensorId from = out_.int32s(site.node.name + "_begin", begin, {rank});
  const TensorId count = out_.int32s(site.node.name + "_size", size, {rank});
  out_.op(Code::SLICE, site.int8 ? 2 : 1, {site.in[0], from, count}, site.out,
          schema::SliceOptionsT{});
}

void Lowering::lower(const ir::Shuffle& op, const Site& site) {
  const ir::Shape& shape = site.node.type.shape;
  const int64_t groups = op.groups, channels = shape.back();
  ir::TensorType type = site.node.type;
  const auto reshape = [&](TensorId in, TensorId out, const ir::Shape& to, std::string_view name) {
    const std::vector<int32_t> sizes(to.begin(), to.end());
    schema::ReshapeOptionsT options;
    options.new_shape = sizes;
    const TensorId table = out_.int32s(fmt::format("{}{}", site.node.name, name), sizes,
                                       {static_cast<int64_t>(sizes.size())});
    out_.op(Code::RESHAPE, 1, {in, table}, out, options);
  };
  type.shape = {shape[0], ir::count(shape) / shape[0] / channels, groups, channels / groups};
  const TensorId split = beside(site, "_groups", type);
  reshape(site.in[0], split, type.shape, "_groups_shape");
  std::swap(type.shape[2], type.shape[3]);
  const TensorId swapped = beside(site, "_swapped", type);
  const std::vector<int32_t> order = {0, 1, 3, 2};
  out_.op(Code::TRANSPOSE, site.int8 ? 2 : 1,
          {split, out_.int32s(site.node.name + "_order", order, {4})}, swapped,
          schema::TransposeOptionsT{});
  reshape(swapped, site.out, shape, "_shape");
}

void Lowering::lower(const ir::Linear& op, const Site& site) {
  const Fused fused = fuse(op.act, site);
  schema::FullyConnectedOptionsT options;
  options.fused_activation_function = fused.field;
  out_.op(Code::FULLY_CONNECTED, site.int8 ? 4 : 1,
          {site.in[0], weights(site, false), bias(site, true)}, fused.out, options);
  finish(op.act, fused, site);
}

void Lowering::lower(const ir::Quantize&, const Site& site) {
  out_.op(Code::QUANTIZE, 1, site.in, site.out, schema::QuantizeOptionsT{});
}

void Lowering::lower(const ir::Dequantize&, const Site& site) {
  out_.op(Code::DEQUANTIZE, 2, site.in, site.out, schema::DequantizeOptionsT{});
}

}  // namespace nnstretch::tflite

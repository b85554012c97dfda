#include "formats/tflite/lower.h"

#include <fmt/format.h>

#include "base/error.h"
#include "formats/tflite/writer.h"

namespace nnstretch::tflite {

using ir::Act;
using schema::ActivationFunctionType;

namespace {

bool is_native(Act act) { return act == Act::none || act == Act::relu || act == Act::relu6; }

}  // namespace

void Lowering::add(ir::NodeId id) {
  const ir::Node& node = model_.graph.node(id);
  if (const auto reason = refusal(model_.graph, id))
    throw FormatError({.what = fmt::format("a .tflite file cannot hold this {}: {}",
                                           ir::name_of(node.op), *reason),
                       .where = node.name});
  if (model_.graph.op_if<ir::Constant>(id)) {
    tensors_.push_back(constant(node));
    return;
  }
  Site site{node, {}, out_.value(node.name, node.type), node.type.dtype == DType::i8};
  for (const ir::NodeId input : node.inputs) site.in.push_back(tensors_.at(input));
  out_.at(node.at);
  std::visit([&](const auto& op) { lower(op, site); }, node.op);
  tensors_.push_back(site.out);
}

TensorId Lowering::constant(const ir::Node& node) {
  const ir::Tensor& tensor = model_.weights.at(node.weights[0]);
  const bool int8 = node.type.dtype == DType::i8;
  if (tensor.dtype != node.type.dtype)
    throw FormatError(
        {.what = fmt::format("a constant of {} is stored as {}",
                             nnstretch::name_of(node.type.dtype), nnstretch::name_of(tensor.dtype)),
         .where = node.name});
  return out_.constant({.name = node.name,
                        .type = int8 ? schema::TensorType::INT8 : schema::TensorType::FLOAT32,
                        .shape = node.type.shape,
                        .bytes = *tensor.bytes,
                        .scales = int8 ? std::vector{node.type.quant->scale} : std::vector<float>{},
                        .zero_point = int8 ? node.type.quant->zero_point : 0});
}

const ir::Node& Lowering::operand(const Site& site, size_t i) const {
  return model_.graph.node(site.node.inputs[i]);
}

TensorId Lowering::beside(const Site& site, std::string_view suffix, ir::TensorType type) {
  return out_.value(fmt::format("{}{}", site.node.name, suffix), type);
}

// ---- activations

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
    case Act::hard_sigmoid: {
      const auto number = [&](std::string_view suffix, float value) {
        const auto bytes = std::as_bytes(std::span(&value, 1));
        return out_.constant({.name = fmt::format("{}{}", site.node.name, suffix),
                              .type = schema::TensorType::FLOAT32,
                              .shape = {},
                              .bytes = {bytes.begin(), bytes.end()}});
      };
      const TensorId clamped = beside(site, "_clamped", site.node.type);
      schema::AddOptionsT options;
      options.fused_activation_function = ActivationFunctionType::RELU6;
      out_.op(Code::ADD, version, {in, number("_three", 3)}, clamped, options);
      out_.op(Code::MUL, version, {clamped, number("_sixth", 1.0f / 6)}, site.out,
              schema::MulOptionsT{});
      break;
    }
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

void Lowering::lower(const ir::Sub& op, const Site& site) {
  const Fused fused = fuse(op.act, site);
  schema::SubOptionsT options;
  options.fused_activation_function = fused.field;
  out_.op(Code::SUB, site.int8 ? 2 : 1, site.in, fused.out, options);
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

void Lowering::reshape(const Site& site, TensorId in, TensorId out, const ir::Shape& to,
                       std::string_view name) {
  const std::vector<int32_t> sizes(to.begin(), to.end());
  schema::ReshapeOptionsT options;
  options.new_shape = sizes;
  const TensorId table = out_.int32s(fmt::format("{}{}", site.node.name, name), sizes,
                                     {static_cast<int64_t>(sizes.size())});
  out_.op(Code::RESHAPE, 1, {in, table}, out, options);
}

void Lowering::transpose(const Site& site, TensorId in, TensorId out,
                         std::span<const int32_t> order) {
  const TensorId table =
      out_.int32s(site.node.name + "_order", order, {static_cast<int64_t>(order.size())});
  out_.op(Code::TRANSPOSE, site.int8 ? 2 : 1, {in, table}, out, schema::TransposeOptionsT{});
}

void Lowering::lower(const ir::Shuffle& op, const Site& site) {
  const ir::Shape& shape = site.node.type.shape;
  const int64_t groups = op.groups, channels = shape.back();
  const int64_t batch = shape.size() > 1 ? shape[0] : 1;
  ir::TensorType type = site.node.type;
  type.shape = {batch, ir::count(shape) / batch / channels, groups, channels / groups};
  const TensorId split = beside(site, "_groups", type);
  reshape(site, site.in[0], split, type.shape, "_groups_shape");
  std::swap(type.shape[2], type.shape[3]);
  const TensorId swapped = beside(site, "_swapped", type);
  transpose(site, split, swapped, std::vector<int32_t>{0, 1, 3, 2});
  reshape(site, swapped, site.out, shape, "_shape");
}

void Lowering::lower(const ir::Reshape& op, const Site& site) {
  reshape(site, site.in[0], site.out, op.shape, "_shape");
}

void Lowering::lower(const ir::Transpose& op, const Site& site) {
  transpose(site, site.in[0], site.out, std::vector<int32_t>(op.order.begin(), op.order.end()));
}

void Lowering::lower(const ir::Softmax&, const Site& site) {
  schema::SoftmaxOptionsT options;
  options.beta = 1;
  out_.op(Code::SOFTMAX, site.int8 ? 2 : 1, {site.in[0]}, site.out, options);
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

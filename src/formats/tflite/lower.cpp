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
  if (std::holds_alternative<ir::Constant>(node.op)) {
    tensors_.push_back(constant(node));
    return;
  }
  Site site{node, {}, out_.value(node.name, node.type), node.type.dtype == DType::i8};
  for (const ir::NodeId input : node.inputs) site.in.push_back(tensors_.at(input));
  out_.at(node.at);
  if (!ir::is_source(node.op) && !lower_layer(*this, site) && !lower_arithmetic(*this, site) &&
      !lower_move(*this, site))
    throw FormatError(
        {.what = fmt::format("nothing writes a {} into a .tflite file", ir::name_of(node.op)),
         .where = node.name});
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

Fused Lowering::fuse(Act act, const Site& site) {
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

}  // namespace nnstretch::tflite

// The int8 half of lower.h: QuantizeLinear, DequantizeLinear and weights with scales.
#include <fmt/format.h>

#include "base/error.h"
#include "formats/onnx/layout.h"
#include "formats/onnx/lower.h"

namespace nnstretch::onnx {

using schema::TensorProto;

Names Lowering::scale_and_zero(ir::NodeId id) {
  if (const auto found = scales_.find(id); found != scales_.end()) return found->second;
  const ir::Node& node = model_.graph.node(id);
  const auto zero = static_cast<std::byte>(node.type.quant->zero_point);
  const auto type = node.type.dtype == DType::u8 ? TensorProto::UINT8 : TensorProto::INT8;
  return scales_[id] = {out_.scalar(node.name + "_scale", node.type.quant->scale),
                        out_.constant(node.name + "_zero", type, {}, std::span(&zero, 1))};
}

std::string Lowering::real(ir::NodeId id) {
  const ir::Node& node = model_.graph.node(id);
  if (std::holds_alternative<ir::Constant>(node.op)) return constant(id, node.type.shape.size());
  if (!node.type.quant) return node.name;
  if (const auto found = reals_.find(id); found != reals_.end()) return found->second;
  Names in = scale_and_zero(id);
  in.insert(in.begin(), node.name);
  const std::string name = out_.fresh(node.name + kReal);
  out_.op("DequantizeLinear", in, name);
  return reals_[id] = name;
}

std::string Lowering::constant(ir::NodeId id, size_t rank) {
  if (const auto found = constants_.find({id, rank}); found != constants_.end())
    return found->second;
  const ir::Node& node = model_.graph.node(id);
  const ir::Tensor& tensor = model_.weights.at(node.weights.at(0));
  if (tensor.dtype != node.type.dtype || node.type.dtype == DType::u8)
    throw FormatError(
        {.what = fmt::format("a constant of {} is stored as {}",
                             nnstretch::name_of(node.type.dtype), nnstretch::name_of(tensor.dtype)),
         .where = node.name});
  ir::Shape shape = node.type.shape;
  shape.insert(shape.begin(), rank - shape.size(), 1);
  const auto type = node.type.quant ? TensorProto::INT8 : TensorProto::FLOAT;
  // Its own name is kept for the form it has in our graph.
  const bool own = rank == node.type.shape.size();
  const std::string name = own ? node.name : out_.fresh(node.name + "_wide");
  out_.constant_named(name, type, to_file(shape),
                      nchw_from_nhwc(*tensor.bytes, shape, size_of(tensor.dtype)));
  if (!node.type.quant) return constants_[{id, rank}] = name;
  Names in = scale_and_zero(id);
  in.insert(in.begin(), name);
  const std::string real = out_.fresh(name + kReal);
  out_.op("DequantizeLinear", in, real);
  return constants_[{id, rank}] = real;
}

void Lowering::quantise(const Site& site, ir::NodeId id) {
  Names in = scale_and_zero(id);
  in.insert(in.begin(), site.out);
  out_.op("QuantizeLinear", in, site.node.name);
}

std::vector<float> Lowering::weight_scales(const Site& site, size_t index) const {
  const std::string& name = site.node.weights[index];
  const ir::Tensor& tensor = model_.weights.at(name);
  const auto channels = static_cast<size_t>(tensor.shape.at(0));
  std::vector<float> scales = tensor.scales;
  if (index == 1 && scales.empty()) {  // what a bias counts in follows from the other two
    scales = weight_scales(site, 0);
    for (float& scale : scales) scale *= operand(site, 0).type.quant->scale;
  }
  if (scales.size() != channels)
    throw FormatError(
        {.what = fmt::format("{} scales for {} output channels", scales.size(), channels),
         .where = name,
         .fix = "quantise weights with one scale an output channel"});
  return scales;
}

std::string Lowering::weight(const Site& site, size_t index) {
  const std::string& name = site.node.weights[index];
  if (const auto found = weights_.find(name); found != weights_.end()) return found->second;
  const ir::Tensor& tensor = model_.weights.at(name);
  const DType wanted = !site.int8 ? DType::f32 : index == 0 ? DType::i8 : DType::i32;
  if (tensor.dtype != wanted)
    throw FormatError(
        {.what = fmt::format("the weight is {}, {} is wanted", nnstretch::name_of(tensor.dtype),
                             nnstretch::name_of(wanted)),
         .where = name,
         .fix = "weights and activations must both be float or both int8"});
  if (!site.int8)
    return weights_[name] = out_.constant(name, TensorProto::FLOAT, tensor.shape, *tensor.bytes);
  const auto type = index == 0 ? TensorProto::INT8 : TensorProto::INT32;
  const auto scales = weight_scales(site, index);
  const std::string stored = out_.constant(name, type, tensor.shape, *tensor.bytes);
  const std::string scale = out_.floats(name + "_scale", {tensor.shape[0]}, scales);
  Names in = {stored, scale};
  if (index == 0) {  // of a bias, int32, it is left out: it is always 0
    const std::vector<std::byte> zeros(scales.size());
    in.push_back(out_.constant(name + "_zero", TensorProto::INT8, {tensor.shape[0]}, zeros));
  }
  const std::string result = out_.fresh(name + kReal);
  out_.op("DequantizeLinear", in, result, {{"axis", int64_t{0}}});
  return weights_[name] = result;
}

}  // namespace nnstretch::onnx

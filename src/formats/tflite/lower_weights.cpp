// Writing of the weights of convolutions and linear layers (lower.h).
#include <fmt/format.h>

#include "base/error.h"
#include "formats/tflite/layout.h"
#include "formats/tflite/lower.h"

namespace nnstretch::tflite {

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

// Reading of the weights of layers (raise.h): their real numbers, and the int8 form our layers
// have.
#include <fmt/format.h>

#include <cmath>

#include "base/error.h"
#include "formats/onnx/fold.h"
#include "formats/onnx/raise.h"

namespace nnstretch::onnx {

ir::Tensor Raising::float_tensor(int index, bool transposed) const {
  const Value& from = value(index);
  if (from.kind != Value::Kind::constant)
    refuse(fmt::format("'{}' is computed where only constants are known", name(index)));
  const Constant& stored = from.constant;
  std::vector<float> numbers;
  if (from.scales.empty()) {
    if (stored.dtype != DType::f32)
      refuse(
          fmt::format("'{}' is {} where float32 is expected", name(index), name_of(stored.dtype)));
    numbers.assign(stored.as<float>().begin(), stored.as<float>().end());
  } else {
    int64_t inner = 1;
    for (size_t i = from.axis + 1; i < stored.shape.size(); ++i) inner *= stored.shape[i];
    const size_t count = stored.bytes->size() / size_of(stored.dtype);
    for (size_t i = 0; i < count; ++i) {
      const size_t channel =
          from.scales.size() == 1 ? 0 : i / static_cast<size_t>(inner) % from.scales.size();
      const int64_t number = stored.dtype == DType::i8 ? stored.as<int8_t>()[i]
                             : stored.dtype == DType::i32
                                 ? stored.as<int32_t>()[i]
                                 : std::to_integer<int64_t>((*stored.bytes)[i]);
      numbers.push_back(static_cast<float>(number - from.zero_points[channel]) *
                        from.scales[channel]);
    }
  }
  ir::Tensor out = ir::make_tensor<float>(stored.shape, numbers);
  if (!transposed) return out;
  const int64_t order[] = {1, 0};
  out.bytes = std::make_shared<const std::vector<std::byte>>(
      permuted(*out.bytes, out.shape, order, sizeof(float)));
  std::swap(out.shape[0], out.shape[1]);
  return out;
}

// The weights as our int8 layers have them: zero point 0, a scale an output channel.
std::optional<ir::Tensor> Raising::int8_weights(int index, bool transposed) const {
  const Value& from = value(index);
  const bool u8 = from.constant.dtype == DType::u8;
  if (from.kind != Value::Kind::constant || from.scales.empty() ||
      (from.constant.dtype != DType::i8 && !u8))
    return {};
  for (const int64_t zero : from.zero_points)
    if (zero != (u8 ? 128 : 0)) return {};
  const size_t axis = transposed ? 1 : 0;
  if (from.scales.size() > 1 && from.axis != axis) return {};
  ir::Tensor out = from.constant;
  auto bytes = *out.bytes;
  if (u8)
    for (std::byte& byte : bytes) byte ^= std::byte{0x80};
  out.dtype = DType::i8;
  const auto channels = static_cast<size_t>(out.shape.at(axis));
  out.scales = from.scales.size() == 1 ? std::vector<float>(channels, from.scales[0]) : from.scales;
  if (transposed) {
    const int64_t order[] = {1, 0};
    bytes = permuted(bytes, out.shape, order, 1);
    std::swap(out.shape[0], out.shape[1]);
  }
  out.bytes = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
  return out;
}

// int32 that counts in scale of the operand times scale of the weights, as kernels want it.
std::optional<ir::Tensor> Raising::int8_bias(int index, const ir::Tensor& weights,
                                             ir::NodeId operand) const {
  const auto channels = weights.scales.size();
  std::vector<float> products = weights.scales;
  for (float& product : products) product *= builder_.type(operand).quant->scale;
  const ir::Shape shape = {static_cast<int64_t>(channels)};
  if (index < 0)
    return ir::make_tensor<int32_t>(shape, std::vector<int32_t>(channels), std::move(products));
  const Value& from = value(index);
  if (from.kind != Value::Kind::constant) return {};
  if (from.constant.dtype == DType::i32 && from.scales.size() == channels &&
      from.constant.shape == shape) {
    for (size_t i = 0; i < channels; ++i)
      if (from.zero_points[i] != 0 ||
          !(std::abs(from.scales[i] - products[i]) <= 0.01f * products[i]))
        return {};
    return ir::make_tensor<int32_t>(shape, from.constant.as<int32_t>(), from.scales);
  }
  const ir::Tensor real = float_tensor(index, false);
  if (real.as<float>().size() != channels) return {};
  std::vector<int32_t> rounded;
  for (size_t i = 0; i < channels; ++i) {
    const double steps = std::round(double{real.as<float>()[i]} / double{products[i]});
    if (!(std::abs(steps) < 0x1p30)) return {};
    rounded.push_back(static_cast<int32_t>(steps));
  }
  return ir::make_tensor<int32_t>(shape, rounded, std::move(products));
}

// Two layers may share a constant; where they want it in two forms, the second has its own name.
std::string Raising::store(int index, const std::string& otherwise, ir::Tensor tensor) {
  std::string own = index >= 0 ? name(value(index).origin) : fresh(otherwise);
  if (const ir::Tensor* other = weights_.find(own))
    if (other->dtype != tensor.dtype || other->shape != tensor.shape ||
        *other->bytes != *tensor.bytes || other->scales != tensor.scales)
      own = fresh(own);
  weights_.set(own, std::move(tensor));
  return own;
}

}  // namespace nnstretch::onnx

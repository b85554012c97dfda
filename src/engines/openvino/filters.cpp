#include "engines/openvino/filters.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <openvino/op/constant.hpp>
#include <openvino/op/convert.hpp>
#include <openvino/op/multiply.hpp>

#include "base/error.h"

namespace nnstretch::engines::openvino {
namespace {

using ov::op::v0::Constant;

// One scale an output channel, whether the tensor has so many or one for all.
std::vector<float> channel_scales(const ir::Tensor& tensor) {
  const size_t channels = tensor.shape.empty() ? 0 : static_cast<size_t>(tensor.shape[0]);
  if (tensor.scales.size() == channels) return tensor.scales;
  if (tensor.scales.size() == 1) return std::vector<float>(channels, tensor.scales[0]);
  throw ShapeError({.what = fmt::format("a weight of {} has {} scales", ir::to_string(tensor.shape),
                                        tensor.scales.size()),
                    .fix = "quantise the weights with one scale an output channel"});
}

template <class T>
ir::Tensor with_zeros(const ir::Tensor& tensor, const ir::Shape& shape) {
  const auto from = tensor.as<T>();
  const auto height = static_cast<size_t>(tensor.shape[2]),
             width = static_cast<size_t>(tensor.shape[3]);
  const auto size = static_cast<size_t>(shape[2] * shape[3]), line = static_cast<size_t>(shape[3]);
  std::vector<T> numbers(static_cast<size_t>(ir::count(shape)));
  for (size_t row = 0; row * width < from.size(); ++row)
    std::copy_n(
        from.begin() + static_cast<std::ptrdiff_t>(row * width), width,
        numbers.begin() + static_cast<std::ptrdiff_t>(row / height * size + row % height * line));
  return ir::make_tensor<T>(shape, numbers, tensor.scales);
}

}  // namespace

ir::Tensor widened(const ir::Tensor& tensor, int height, int width) {
  const ir::Shape shape = {tensor.shape[0], tensor.shape[1], height, width};
  if (shape == tensor.shape) return tensor;
  return tensor.dtype == DType::i8 ? with_zeros<int8_t>(tensor, shape)
                                   : with_zeros<float>(tensor, shape);
}

Value filter(const ir::Tensor& tensor, const ov::Shape& shape, const ov::Shape& scale_shape) {
  const auto f32 = ov::element::f32;
  if (tensor.dtype != DType::i8)
    return std::make_shared<Constant>(f32, shape, tensor.as<float>().data());
  const Value steps =
      std::make_shared<Constant>(ov::element::i8, shape, tensor.as<int8_t>().data());
  const Value scales = std::make_shared<Constant>(f32, scale_shape, channel_scales(tensor));
  return std::make_shared<ov::op::v1::Multiply>(std::make_shared<ov::op::v0::Convert>(steps, f32),
                                                scales);
}

std::vector<float> bias(const ir::Tensor& tensor) {
  if (tensor.dtype != DType::i32) {
    const auto numbers = tensor.as<float>();
    return {numbers.begin(), numbers.end()};
  }
  std::vector<float> numbers = channel_scales(tensor);
  const auto steps = tensor.as<int32_t>();
  for (size_t c = 0; c < numbers.size(); ++c) numbers[c] *= static_cast<float>(steps[c]);
  return numbers;
}

}  // namespace nnstretch::engines::openvino

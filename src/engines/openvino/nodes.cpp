#include "engines/openvino/nodes.h"

#include <algorithm>
#include <openvino/op/clamp.hpp>
#include <openvino/op/concat.hpp>
#include <openvino/op/constant.hpp>
#include <openvino/op/convert.hpp>
#include <openvino/op/fake_quantize.hpp>
#include <openvino/op/gather.hpp>
#include <openvino/op/gelu.hpp>
#include <openvino/op/hard_sigmoid.hpp>
#include <openvino/op/hswish.hpp>
#include <openvino/op/multiply.hpp>
#include <openvino/op/relu.hpp>
#include <openvino/op/reshape.hpp>
#include <openvino/op/sigmoid.hpp>
#include <openvino/op/subtract.hpp>
#include <openvino/op/swish.hpp>
#include <openvino/op/transpose.hpp>

namespace nnstretch::engines::openvino {
namespace {

using ov::op::v0::Constant;

int lowest(DType type) { return type == DType::u8 ? 0 : -128; }

std::pair<float, float> range_of(DType type, const ir::Quant& quant) {
  const auto real = [&](int stored) {
    return quant.scale * static_cast<float>(stored - quant.zero_point);
  };
  return {real(lowest(type)), real(lowest(type) + 255)};
}

Value fake_quantise(const Value& x, float in_low, float in_high, float out_low, float out_high) {
  const ov::Shape shape(x.get_shape().size(), 1);
  const auto bound = [&](float real) { return Constant::create(ov::element::f32, shape, {real}); };
  return std::make_shared<ov::op::v0::FakeQuantize>(x, bound(in_low), bound(in_high),
                                                    bound(out_low), bound(out_high), 256);
}

}  // namespace

Value scalar(float number) { return Constant::create(ov::element::f32, ov::Shape{}, {number}); }

Value per_channel(std::span<const float> numbers, size_t rank) {
  ov::Shape shape(rank, 1);
  shape.at(1) = numbers.size();
  return std::make_shared<Constant>(ov::element::f32, shape, numbers.data());
}

Value transpose(const Value& x, std::vector<int> order) {
  const auto axes = Constant::create(ov::element::i32, {order.size()}, order);
  return std::make_shared<ov::op::v1::Transpose>(x, axes);
}

Value to_nchw(const Value& nhwc) {
  return nhwc.get_shape().size() == 4 ? transpose(nhwc, {0, 3, 1, 2}) : nhwc;
}

Value to_nhwc(const Value& nchw) {
  return nchw.get_shape().size() == 4 ? transpose(nchw, {0, 2, 3, 1}) : nchw;
}

Value output_nhwc(const Value& nchw) {
  const ov::Shape& s = nchw.get_shape();
  if (s.size() != 4) return nchw;
  const auto size = [](size_t n) { return static_cast<int64_t>(n); };
  return transpose(reshape(nchw, {size(s[0]), size(s[1]), size(s[2] * s[3])}), {0, 2, 1});
}

int nchw_axis(int nhwc_axis, size_t rank) {
  static constexpr int kAxes[] = {0, 2, 3, 1};
  return rank == 4 ? kAxes[nhwc_axis] : nhwc_axis;
}

Value activate(const Value& x, ir::Act act) {
  switch (act) {
    case ir::Act::none:
      return x;
    case ir::Act::relu:
      return std::make_shared<ov::op::v0::Relu>(x);
    case ir::Act::relu6:
      return std::make_shared<ov::op::v0::Clamp>(x, 0.0, 6.0);
    case ir::Act::silu:
      return std::make_shared<ov::op::v4::Swish>(x);
    case ir::Act::gelu:
      return std::make_shared<ov::op::v7::Gelu>(x);
    case ir::Act::sigmoid:
      return std::make_shared<ov::op::v0::Sigmoid>(x);
    case ir::Act::hard_sigmoid:
      return std::make_shared<ov::op::v0::HardSigmoid>(x, scalar(1.0f / 6), scalar(0.5f));
    case ir::Act::hard_swish:
      return std::make_shared<ov::op::v4::HSwish>(x);
  }
  return x;
}

Value fake_quantise(const Value& x, DType type, const ir::Quant& quant) {
  const auto [low, high] = range_of(type, quant);
  return fake_quantise(x, low, high, low, high);
}

Value quantise(const Value& x, DType type, const ir::Quant& quant) {
  const auto [low, high] = range_of(type, quant);
  const auto first = static_cast<float>(lowest(type));
  return std::make_shared<ov::op::v0::Convert>(
      fake_quantise(x, low, high, first, first + 255),
      type == DType::u8 ? ov::element::u8 : ov::element::i8);
}

Value dequantise(const Value& from_zero, DType type, const ir::Quant& quant) {
  Value real = std::make_shared<ov::op::v0::Convert>(from_zero, ov::element::f32);
  if (const int zero = quant.zero_point - lowest(type); zero != 0)
    real = std::make_shared<ov::op::v1::Subtract>(real, scalar(static_cast<float>(zero)));
  return fake_quantise(std::make_shared<ov::op::v1::Multiply>(real, scalar(quant.scale)), type,
                       quant);
}

Value concatenation(const ov::OutputVector& pieces, int axis) {
  const bool repeats_one =
      pieces.size() > 1 && pieces[0].get_shape().at(static_cast<size_t>(axis)) == 1 &&
      std::all_of(pieces.begin(), pieces.end(), [&](const Value& x) { return x == pieces[0]; });
  if (!repeats_one) return std::make_shared<ov::op::v0::Concat>(pieces, axis);
  const auto first =
      Constant::create(ov::element::i64, {pieces.size()}, std::vector<int64_t>(pieces.size(), 0));
  const auto along = Constant::create(ov::element::i64, {}, {axis});
  return std::make_shared<ov::op::v8::Gather>(pieces[0], first, along);
}

Value reshape(const Value& x, const ir::Shape& shape) {
  const auto sizes = Constant::create(ov::element::i64, {shape.size()}, shape);
  return std::make_shared<ov::op::v1::Reshape>(x, sizes, false);
}

std::vector<float> real_values(const ir::Tensor& stored, const ir::TensorType& type) {
  if (!type.quant) {
    const auto values = stored.as<float>();
    return {values.begin(), values.end()};
  }
  std::vector<float> values;
  for (const int8_t step : stored.as<int8_t>())
    values.push_back(type.quant->scale * static_cast<float>(step - type.quant->zero_point));
  return values;
}

ov::Shape ov_shape(const ir::Shape& shape) { return {shape.begin(), shape.end()}; }

}  // namespace nnstretch::engines::openvino

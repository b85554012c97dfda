// Windows and layers (raise.h): convolutions, pools, Gemm, MatMul, batch norms, and their weights.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "formats/onnx/fold.h"
#include "formats/onnx/raise.h"

namespace nnstretch::onnx {
namespace {

constexpr int64_t kMostSide = 1 << 16;  // of a kernel, stride or padding

// Padding before and after a side of `size` elements that gives ceil(size / stride) positions.
std::pair<int64_t, int64_t> same_padding(int64_t size, int64_t kernel, int64_t stride, bool upper) {
  const int64_t total =
      std::max<int64_t>(((size + stride - 1) / stride - 1) * stride + kernel - size, 0);
  const int64_t less = total / 2, more = total - less;
  return upper ? std::pair{less, more} : std::pair{more, less};
}

// More padding after a side, so that the last window, of which a part stands outside, is counted:
// it must begin inside the image or its padding in front.
int64_t ceil_padding(int64_t size, int64_t before, int64_t after, int64_t kernel, int64_t stride) {
  const int64_t room = size + before + after - kernel;
  if (room < 0) return 0;
  int64_t last = (room + stride - 1) / stride;
  if (last * stride >= size + before) --last;
  return std::max<int64_t>(last * stride - room, 0);
}

}  // namespace

ir::Window Raising::window(const ir::Shape& kernel, int64_t height, int64_t width, bool may_ceil) {
  const auto ints = [&](std::string_view name, size_t count, int64_t otherwise) {
    auto given = node_->integers(name).value_or(std::vector<int64_t>(count, otherwise));
    if (given.size() != count) refuse(fmt::format("{} has not {} numbers", name, count));
    for (const int64_t number : given)
      if (number < 0 || number > kMostSide) refuse(fmt::format("{} has {}", name, number));
    return given;
  };
  const auto strides = ints("strides", 2, 1);
  auto pads = ints("pads", 4, 0);
  if (ints("dilations", 2, 1) != std::vector<int64_t>{1, 1})
    refuse("dilated windows are not known");
  if (kernel.size() != 2 || kernel[0] < 1 || kernel[1] < 1 || kernel[0] > kMostSide ||
      kernel[1] > kMostSide || strides[0] < 1 || strides[1] < 1)
    refuse("its window has no size or no stride");
  const int64_t sides[] = {height, width};
  const std::string automatic = node_->text("auto_pad", "NOTSET");
  if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER")
    for (size_t i = 0; i < 2; ++i)
      std::tie(pads[i], pads[i + 2]) =
          same_padding(sides[i], kernel[i], strides[i], automatic == "SAME_UPPER");
  else if (automatic == "VALID")
    pads.assign(4, 0);
  else if (automatic != "NOTSET")
    refuse(fmt::format("auto_pad {} is not known", automatic));
  if (may_ceil && node_->integer("ceil_mode", 0))
    for (size_t i = 0; i < 2; ++i)
      pads[i + 2] += ceil_padding(sides[i], pads[i], pads[i + 2], kernel[i], strides[i]);
  const auto size = [](int64_t number) { return static_cast<int>(number); };
  return {.kernel = {size(kernel[0]), size(kernel[1])},
          .stride = {size(strides[0]), size(strides[1])},
          .pads = {size(pads[0]), size(pads[1]), size(pads[2]), size(pads[3])}};
}

void Raising::conv() {
  need_inputs(2, 3);
  need_nchw(0);
  const ir::Shape x = shape_of(in(0)), filter = shape_of(in(1));
  if (filter.size() != 4) refuse("its filter is not four-dimensional");
  const ir::Shape kernel = {filter[2], filter[3]};
  if (node_->integers("kernel_shape").value_or(kernel) != kernel)
    refuse("kernel_shape is not the shape of its filter");
  const int64_t groups = node_->integer("group", 1);
  if (groups < 1 || groups > x[1] || filter[0] < 1 || filter[0] > kMostSide ||
      filter[1] * groups != x[1])
    refuse("its filter does not fit the channels");
  ir::Conv2d op{.out_channels = static_cast<int>(filter[0]),
                .window = window(kernel, x[2], x[3], false),
                .groups = static_cast<int>(groups)};
  layer(op, in(0), in(1), has(2) ? in(2) : -1, false, true, out());
}

void Raising::gemm() {
  need_inputs(2, 3);
  if (node_->real("alpha", 1) != 1 || (has(2) && node_->real("beta", 1) != 1) ||
      node_->integer("transA", 0) != 0)
    refuse("only x W + b is known");
  const bool transposed = node_->integer("transB", 0) == 0;
  const ir::Shape filter = shape_of(in(1));
  if (rank(0) != 2 || filter.size() != 2) refuse("its operands are no matrices");
  const int64_t outputs = filter[transposed ? 1 : 0];
  if (outputs < 1 || outputs > (1 << 24)) refuse(fmt::format("{} outputs", outputs));
  layer(ir::Linear{static_cast<int>(outputs)}, in(0), in(1), has(2) ? in(2) : -1, transposed, false,
        out());
}

// A layer whose bias, if it has one, is added by an operator behind it.
void Raising::matmul() {
  need_inputs(2, 2);
  const ir::Shape filter = shape_of(in(1));
  if (rank(0) != 2 || filter.size() != 2 || value(in(1)).kind != Value::Kind::constant)
    refuse("only a matrix times a constant one is known");
  if (filter[1] < 1 || filter[1] > (1 << 24)) refuse(fmt::format("{} outputs", filter[1]));
  int bias = -1, result = out();
  if (const FileNode* sum = only_reader(out());
      sum && sum->op == "Add" && sum->inputs.size() == 2 && result_of(*sum) >= 0) {
    const int other = sum->inputs[sum->inputs[0] == out() ? 1 : 0];
    const ir::Shape vector = {filter[1]}, row = {1, filter[1]};
    if (other >= 0 && value(other).kind == Value::Kind::constant &&
        (value(other).constant.shape == vector || value(other).constant.shape == row)) {
      bias = other, result = result_of(*sum);
      take(*sum);
    }
  }
  layer(ir::Linear{static_cast<int>(filter[1])}, in(0), in(1), bias, true, false, result);
}

void Raising::batch_norm() {
  need_inputs(5, 5);
  if (node_->integer("training_mode", 0)) refuse("a batch norm in training is not known");
  const ir::Shape x = shape_of(in(0));
  if (x.size() != 4 && x.size() != 2) refuse("its operand is neither NCHW nor a matrix");
  std::vector<std::string> names;
  for (size_t i = 1; i < 5; ++i) {
    ir::Tensor tensor = float_tensor(in(i), false);
    if (tensor.shape != ir::Shape{x[1]}) refuse("it has not one number a channel");
    names.push_back(store(in(i), {}, std::move(tensor)));
  }
  const float eps = node_->real("epsilon", 1e-5f);
  if (!(eps >= 0 && std::isfinite(eps))) refuse(fmt::format("epsilon is {}", eps));
  give_float(ir::BatchNorm{eps}, {float_node(in(0), true)}, out(), false, std::move(names));
}

void Raising::max_pool() {
  const auto kernel = node_->integers("kernel_shape").value_or(std::vector<int64_t>{});
  need_inputs(1, 1);
  need_nchw(0);
  const ir::Shape x = shape_of(in(0));
  move(ir::MaxPool{window(kernel, x[2], x[3], true)}, {in(0)}, true, out(), false);
}

void Raising::average_pool() {
  const auto kernel = node_->integers("kernel_shape").value_or(std::vector<int64_t>{});
  need_inputs(1, 1);
  need_nchw(0);
  const ir::Shape x = shape_of(in(0));
  const bool counts = node_->integer("count_include_pad", 0) != 0;
  if (counts && node_->integer("ceil_mode", 0) &&
      window(kernel, x[2], x[3], false) != window(kernel, x[2], x[3], true))
    refuse("an average that counts its padding and windows beyond it is not known");
  give(ir::AvgPool{window(kernel, x[2], x[3], true), counts}, {in(0)});
}

// ---- weights

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

void Raising::layer(ir::Op op, int operand, int weights, int bias, bool transposed,
                    bool may_lack_bias, int result) {
  const bool biased = bias >= 0 || !may_lack_bias;
  if (auto* conv = std::get_if<ir::Conv2d>(&op)) conv->bias = biased;
  const std::string zero_bias = name(result) + "_zero_bias";
  if (const auto to = is_real(operand) ? sink(result, true) : std::nullopt) {
    if (const auto kernel = int8_weights(weights, transposed)) {
      const ir::NodeId x = int8_node(operand, true);
      if (auto offset = biased ? int8_bias(bias, *kernel, x) : ir::Tensor{}) {
        std::vector<std::string> names = {store(weights, {}, *kernel)};
        if (biased) names.push_back(store(bias, zero_bias, std::move(*offset)));
        std::visit(
            [&](auto& o) {
              if constexpr (requires { o.act; }) o.act = to->act;
            },
            op);
        return give_int8(std::move(op), {x}, *to, false, std::move(names));
      }
    }
    in_float_.push_back(name(result));
  }
  const ir::NodeId x = float_node(operand, true);
  ir::Tensor kernel = float_tensor(weights, transposed);
  const auto channels = static_cast<size_t>(kernel.shape[0]);
  std::vector<std::string> names = {store(weights, {}, std::move(kernel))};
  if (biased) {
    std::vector<float> numbers(channels, 0.0f);
    if (bias >= 0) {
      const ir::Tensor given = float_tensor(bias, false);
      const auto values = given.as<float>();
      if ((values.size() != channels && values.size() != 1) ||
          (values.size() > 1 && given.shape.back() != static_cast<int64_t>(channels)))
        refuse("its bias is not one number an output");
      for (size_t i = 0; i < channels; ++i) numbers[i] = values[values.size() == 1 ? 0 : i];
    }
    names.push_back(
        store(bias, zero_bias, ir::make_tensor<float>({static_cast<int64_t>(channels)}, numbers)));
  }
  give_float(std::move(op), {x}, result, false, std::move(names));
}

}  // namespace nnstretch::onnx

// Windows and layers (raise.h): convolutions, pools, Gemm, MatMul, batch norms, and their weights.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
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

ir::Window window(Raising& it, const ir::Shape& kernel, int64_t height, int64_t width,
                  bool may_ceil) {
  const auto ints = [&](std::string_view name, size_t count, int64_t otherwise) {
    auto given = it.node().integers(name).value_or(std::vector<int64_t>(count, otherwise));
    if (given.size() != count) it.refuse(fmt::format("{} has not {} numbers", name, count));
    for (const int64_t number : given)
      if (number < 0 || number > kMostSide) it.refuse(fmt::format("{} has {}", name, number));
    return given;
  };
  const auto strides = ints("strides", 2, 1);
  auto pads = ints("pads", 4, 0);
  if (ints("dilations", 2, 1) != std::vector<int64_t>{1, 1})
    it.refuse("dilated windows are not known");
  if (kernel.size() != 2 || kernel[0] < 1 || kernel[1] < 1 || kernel[0] > kMostSide ||
      kernel[1] > kMostSide || strides[0] < 1 || strides[1] < 1)
    it.refuse("its window has no size or no stride");
  const int64_t sides[] = {height, width};
  const std::string automatic = it.node().text("auto_pad", "NOTSET");
  if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER")
    for (size_t i = 0; i < 2; ++i)
      std::tie(pads[i], pads[i + 2]) =
          same_padding(sides[i], kernel[i], strides[i], automatic == "SAME_UPPER");
  else if (automatic == "VALID")
    pads.assign(4, 0);
  else if (automatic != "NOTSET")
    it.refuse(fmt::format("auto_pad {} is not known", automatic));
  if (may_ceil && it.node().integer("ceil_mode", 0))
    for (size_t i = 0; i < 2; ++i)
      pads[i + 2] += ceil_padding(sides[i], pads[i], pads[i + 2], kernel[i], strides[i]);
  const auto size = [](int64_t number) { return static_cast<int>(number); };
  return {.kernel = {size(kernel[0]), size(kernel[1])},
          .stride = {size(strides[0]), size(strides[1])},
          .pads = {size(pads[0]), size(pads[1]), size(pads[2]), size(pads[3])}};
}

void layer(Raising& it, ir::Op op, int operand, int weights, int bias, bool transposed,
           bool may_lack_bias, int result) {
  const bool biased = bias >= 0 || !may_lack_bias;
  if (auto* conv = std::get_if<ir::Conv2d>(&op)) conv->bias = biased;
  const std::string zero_bias = it.name(result) + "_zero_bias";
  if (const auto to = it.is_real(operand) ? it.sink(result, true) : std::nullopt) {
    if (const auto kernel = it.int8_weights(weights, transposed)) {
      const ir::NodeId x = it.int8_node(operand, true);
      if (auto offset = biased ? it.int8_bias(bias, *kernel, x) : ir::Tensor{}) {
        std::vector<std::string> names = {it.store(weights, {}, *kernel)};
        if (biased) names.push_back(it.store(bias, zero_bias, std::move(*offset)));
        std::visit(
            [&](auto& o) {
              if constexpr (requires { o.act; }) o.act = to->act;
            },
            op);
        return it.give_int8(std::move(op), {x}, *to, false, std::move(names));
      }
    }
    it.note_in_float(result);
  }
  const ir::NodeId x = it.float_node(operand, true);
  ir::Tensor kernel = it.float_tensor(weights, transposed);
  const auto channels = static_cast<size_t>(kernel.shape[0]);
  std::vector<std::string> names = {it.store(weights, {}, std::move(kernel))};
  if (biased) {
    std::vector<float> numbers(channels, 0.0f);
    if (bias >= 0) {
      const ir::Tensor given = it.float_tensor(bias, false);
      const auto values = given.as<float>();
      if ((values.size() != channels && values.size() != 1) ||
          (values.size() > 1 && given.shape.back() != static_cast<int64_t>(channels)))
        it.refuse("its bias is not one number an output");
      for (size_t i = 0; i < channels; ++i) numbers[i] = values[values.size() == 1 ? 0 : i];
    }
    names.push_back(it.store(bias, zero_bias,
                             ir::make_tensor<float>({static_cast<int64_t>(channels)}, numbers)));
  }
  it.give_float(std::move(op), {x}, result, false, std::move(names));
}

void conv(Raising& it) {
  it.need_inputs(2, 3);
  it.need_nchw(0);
  const ir::Shape x = it.shape_of(it.in(0)), filter = it.shape_of(it.in(1));
  if (filter.size() != 4) it.refuse("its filter is not four-dimensional");
  const ir::Shape kernel = {filter[2], filter[3]};
  if (it.node().integers("kernel_shape").value_or(kernel) != kernel)
    it.refuse("kernel_shape is not the shape of its filter");
  const int64_t groups = it.node().integer("group", 1);
  if (groups < 1 || groups > x[1] || filter[0] < 1 || filter[0] > kMostSide ||
      filter[1] * groups != x[1])
    it.refuse("its filter does not fit the channels");
  ir::Conv2d op{.out_channels = static_cast<int>(filter[0]),
                .window = window(it, kernel, x[2], x[3], false),
                .groups = static_cast<int>(groups)};
  layer(it, op, it.in(0), it.in(1), it.has(2) ? it.in(2) : -1, false, true, it.out());
}

void gemm(Raising& it) {
  it.need_inputs(2, 3);
  if (it.node().real("alpha", 1) != 1 || (it.has(2) && it.node().real("beta", 1) != 1) ||
      it.node().integer("transA", 0) != 0)
    it.refuse("only x W + b is known");
  const bool transposed = it.node().integer("transB", 0) == 0;
  const ir::Shape filter = it.shape_of(it.in(1));
  if (it.rank(0) != 2 || filter.size() != 2) it.refuse("its operands are no matrices");
  const int64_t outputs = filter[transposed ? 1 : 0];
  if (outputs < 1 || outputs > (1 << 24)) it.refuse(fmt::format("{} outputs", outputs));
  layer(it, ir::Linear{static_cast<int>(outputs)}, it.in(0), it.in(1), it.has(2) ? it.in(2) : -1,
        transposed, false, it.out());
}

// A layer whose bias, if it has one, is added by an operator behind it.
void matmul(Raising& it) {
  it.need_inputs(2, 2);
  const ir::Shape filter = it.shape_of(it.in(1));
  if (it.rank(0) != 2 || filter.size() != 2 || it.value(it.in(1)).kind != Value::Kind::constant)
    it.refuse("only a matrix times a constant one is known");
  if (filter[1] < 1 || filter[1] > (1 << 24)) it.refuse(fmt::format("{} outputs", filter[1]));
  int bias = -1, result = it.out();
  if (const FileNode* sum = it.only_reader(it.out());
      sum && sum->op == "Add" && sum->inputs.size() == 2 && result_of(*sum) >= 0) {
    const int other = sum->inputs[sum->inputs[0] == it.out() ? 1 : 0];
    const ir::Shape vector = {filter[1]}, row = {1, filter[1]};
    if (other >= 0 && it.value(other).kind == Value::Kind::constant &&
        (it.value(other).constant.shape == vector || it.value(other).constant.shape == row)) {
      bias = other, result = result_of(*sum);
      it.take(*sum);
    }
  }
  layer(it, ir::Linear{static_cast<int>(filter[1])}, it.in(0), it.in(1), bias, true, false, result);
}

void batch_norm(Raising& it) {
  it.need_inputs(5, 5);
  if (it.node().integer("training_mode", 0)) it.refuse("a batch norm in training is not known");
  const ir::Shape x = it.shape_of(it.in(0));
  if (x.size() != 4 && x.size() != 2) it.refuse("its operand is neither NCHW nor a matrix");
  std::vector<std::string> names;
  for (size_t i = 1; i < 5; ++i) {
    ir::Tensor tensor = it.float_tensor(it.in(i), false);
    if (tensor.shape != ir::Shape{x[1]}) it.refuse("it has not one number a channel");
    names.push_back(it.store(it.in(i), {}, std::move(tensor)));
  }
  const float eps = it.node().real("epsilon", 1e-5f);
  if (!(eps >= 0 && std::isfinite(eps))) it.refuse(fmt::format("epsilon is {}", eps));
  it.give_float(ir::BatchNorm{eps}, {it.float_node(it.in(0), true)}, it.out(), false,
                std::move(names));
}

void max_pool(Raising& it) {
  const auto kernel = it.node().integers("kernel_shape").value_or(std::vector<int64_t>{});
  it.need_inputs(1, 1);
  it.need_nchw(0);
  const ir::Shape x = it.shape_of(it.in(0));
  it.move(ir::MaxPool{window(it, kernel, x[2], x[3], true)}, {it.in(0)}, true, it.out(), false);
}

void average_pool(Raising& it) {
  const auto kernel = it.node().integers("kernel_shape").value_or(std::vector<int64_t>{});
  it.need_inputs(1, 1);
  it.need_nchw(0);
  const ir::Shape x = it.shape_of(it.in(0));
  const bool counts = it.node().integer("count_include_pad", 0) != 0;
  if (counts && it.node().integer("ceil_mode", 0) &&
      window(it, kernel, x[2], x[3], false) != window(it, kernel, x[2], x[3], true))
    it.refuse("an average that counts its padding and windows beyond it is not known");
  it.give(ir::AvgPool{window(it, kernel, x[2], x[3], true), counts}, {it.in(0)});
}

constexpr Row kRows[] = {
    {"Conv", conv},        {"Gemm", gemm},
    {"MatMul", matmul},    {"BatchNormalization", batch_norm},
    {"MaxPool", max_pool}, {"AveragePool", average_pool},
};

}  // namespace

std::span<const Row> rows_of_layers() { return kRows; }

}  // namespace nnstretch::onnx

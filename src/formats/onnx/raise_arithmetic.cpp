// Sums, products and activations (raise.h), and the groups of operators that are one activation.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "formats/onnx/fold.h"
#include "formats/onnx/raise.h"

namespace nnstretch::onnx {

using ir::Act;

namespace {

bool is_near(std::optional<float> value, float wanted) {
  return value && std::abs(*value - wanted) <= 1e-4f * std::abs(wanted);
}

// ---- activations

// int8 graphs have a sigmoid of one scale only, and no silu or hard sigmoid: float computes those.
void activation(Raising& it, Act act, int operand, int result) {
  const bool int8 = act == Act::relu || act == Act::relu6 || act == Act::hard_swish;
  const auto to = it.sink(result, false);
  const bool fixed = act == Act::sigmoid && to && to->quant == ir::Quant{1.0f / 256, -128};
  const bool plain = it.value(operand).plain;
  if (int8 || fixed) return it.give(ir::Activation{act}, {operand}, !plain, result);
  if (to && it.is_real(operand)) it.note_in_float(result);
  it.give_float(ir::Activation{act}, {it.float_node(operand, !plain)}, result, plain);
}

void activation(Raising& it, Act act) {
  it.need_inputs(1, 1);
  activation(it, act, it.in(0), it.out());
}

void clip(Raising& it) {
  it.need_inputs(1, 3);
  const auto act = it.relu_kind(it.node());
  if (!act) it.refuse("only relu and relu6 are known, from 0 to 6 or without end");
  activation(it, *act, it.in(0), it.out());
}

// With the product of it and its own operand it is a silu.
void sigmoid(Raising& it) {
  it.need_inputs(1, 1);
  const FileNode* product = it.only_reader(it.out());
  const bool gates = product && product->op == "Mul" && product->inputs.size() == 2 &&
                     it.reads(*product, it.in(0)) && result_of(*product) >= 0 &&
                     it.in(0) != it.out();
  if (!gates) return activation(it, Act::sigmoid);
  // In our own files the two may be nodes of their own.
  const std::string gate = it.name(result_of(*product)) + kGate;
  if (it.ours() && !it.name(it.out()).starts_with(gate)) return activation(it, Act::sigmoid);
  it.take(*product);
  activation(it, Act::silu, it.in(0), result_of(*product));
}

void hard_sigmoid(Raising& it) {
  it.need_inputs(1, 1);
  if (!is_near(it.node().real("alpha", 0.2f), 1.0f / 6) || it.node().real("beta", 0.5f) != 0.5f)
    it.refuse("only a hard sigmoid of slope 1/6 is known");
  const FileNode* product = it.only_reader(it.out());
  if (product && product->op == "Mul" && product->inputs.size() == 2 &&
      it.reads(*product, it.in(0)) && result_of(*product) >= 0 &&
      (!it.ours() || it.name(it.out()).starts_with(it.name(result_of(*product)) + kGate))) {
    it.take(*product);
    return activation(it, Act::hard_swish, it.in(0), result_of(*product));
  }
  activation(it, Act::hard_sigmoid);
}

void relu(Raising& it) { activation(it, Act::relu); }
void hard_swish(Raising& it) { activation(it, Act::hard_swish); }

void gelu(Raising& it) {
  if (it.node().text("approximate", "none") != "none")
    it.refuse("the approximate gelu is not known");
  activation(it, Act::gelu);
}

// x / sqrt 2 (the node at hand), erf, + 1, times x, times 1/2; nothing if it is not so.
std::optional<int> matched_gelu(const Raising& it) {
  const int x = it.in(0);
  std::vector<const FileNode*> chain = {&it.node()};
  const auto next = [&](std::string_view op) {
    const FileNode* reader = it.only_reader(result_of(*chain.back()));
    if (!reader || reader->op != op) return false;
    chain.push_back(reader);
    return true;
  };
  if (!next("Erf") || !next("Add")) return {};
  if (!is_near(it.scalar_beside(*chain.back(), result_of(*chain[1])), 1)) return {};
  if (!next("Mul") || !it.reads(*chain.back(), x)) return {};
  if (!next("Mul") || !is_near(it.scalar_beside(*chain.back(), result_of(*chain[3])), 0.5f))
    return {};
  return result_of(*chain.back()) < 0 ? std::nullopt : std::optional(result_of(*chain.back()));
}

// ---- arithmetic

void binary(Raising& it, ir::Op op, int a, int b) {
  // In the order of the file only if every operand of four dimensions lies so.
  bool nhwc = false;
  for (const int operand : {a, b})
    nhwc |= it.shape_of(operand).size() == 4 && it.value(operand).kind != Value::Kind::constant &&
            !it.value(operand).plain;
  it.give(std::move(op), {a, b}, nhwc, it.out());
}

void add(Raising& it) {
  it.need_inputs(2, 2);
  binary(it, ir::Add{}, it.in(0), it.in(1));
}

void sub(Raising& it) {
  it.need_inputs(2, 2);
  binary(it, ir::Sub{}, it.in(0), it.in(1));
}

void take_gelu(Raising& it, int result) {
  for (const FileNode* at = &it.node(); result_of(*at) != result;) {
    at = it.only_reader(result_of(*at));
    it.take(*at);
  }
  activation(it, Act::gelu, it.in(0), result);
}

void mul(Raising& it) {
  it.need_inputs(2, 2);
  if (is_near(it.scalar(it.in(1)), 0.70710678f))
    if (const auto result = matched_gelu(it)) return take_gelu(it, *result);
  binary(it, ir::Mul{}, it.in(0), it.in(1));
}

// By a constant only: a product with its reciprocal.
void div(Raising& it) {
  it.need_inputs(2, 2);
  if (is_near(it.scalar(it.in(1)), 1.41421356f))
    if (const auto result = matched_gelu(it)) return take_gelu(it, *result);
  ir::Tensor divisor = it.float_tensor(it.in(1), false);
  std::vector<float> reciprocals;
  for (const float number : divisor.as<float>()) reciprocals.push_back(1 / number);
  const int index = it.hidden(it.name(it.in(1)) + "_reciprocal");
  it.value(index) = {.kind = Value::Kind::constant,
                     .constant = ir::make_tensor<float>(divisor.shape, reciprocals),
                     .origin = index};
  binary(it, ir::Mul{}, it.in(0), index);
}

void softmax(Raising& it) {
  it.need_inputs(1, 1);
  constexpr int kOneAxis = 13;  // older ones see a matrix whose columns begin at the axis
  const ir::Shape x = it.shape_of(it.in(0));
  const size_t axis =
      normal_axis(it.node().integer("axis", it.file().opset() < kOneAxis ? 1 : -1), x.size());
  int64_t behind = 1;
  for (size_t i = axis + 1; i < x.size(); ++i) behind *= x[i];
  if (it.file().opset() < kOneAxis && behind != 1)
    it.refuse("only a softmax over one axis is known");
  if (x.size() == 4 && axis == 1) return it.give(ir::Softmax{}, {it.in(0)}, true, it.out());
  if (axis + 1 != x.size()) it.refuse("only a softmax over channels or the last axis is known");
  it.give(ir::Softmax{}, {it.in(0)}, false, it.out());
}

void global_average_pool(Raising& it) {
  it.need_inputs(1, 1);
  it.need_nchw(0);
  const FileNode* flat = it.only_reader(it.out());
  if (flat && flat->op == "Flatten" && flat->integer("axis", 1) == 1 && result_of(*flat) >= 0) {
    it.take(*flat);
    return it.give(ir::Mean{false}, {it.in(0)}, true, result_of(*flat));
  }
  it.give(ir::Mean{true}, {it.in(0)});
}

void reduce_mean(Raising& it) {
  it.need_inputs(1, 2);
  it.need_nchw(0);
  std::vector<size_t> axes;
  for (const int64_t axis :
       axes_of(it.node(), {nullptr, it.constant_in(1)}).value_or(std::vector<int64_t>{}))
    axes.push_back(normal_axis(axis, 4));
  std::sort(axes.begin(), axes.end());
  if (axes != std::vector<size_t>{2, 3}) it.refuse("only means over height and width are known");
  it.give(ir::Mean{it.node().integer("keepdims", 1) != 0}, {it.in(0)});
}

constexpr Row kRows[] = {
    {"Relu", relu},
    {"Clip", clip},
    {"Sigmoid", sigmoid},
    {"HardSigmoid", hard_sigmoid},
    {"HardSwish", hard_swish},
    {"Gelu", gelu},
    {"Add", add},
    {"Sub", sub},
    {"Mul", mul},
    {"Div", div},
    {"Softmax", softmax},
    {"GlobalAveragePool", global_average_pool},
    {"ReduceMean", reduce_mean},
};

}  // namespace

std::span<const Row> rows_of_arithmetic() { return kRows; }

}  // namespace nnstretch::onnx

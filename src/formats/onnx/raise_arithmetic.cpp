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

}  // namespace

// ---- activations

// int8 graphs have a sigmoid of one scale only, and no silu or hard sigmoid: float computes those.
void Raising::activation(Act act, int operand, int result) {
  const bool int8 = act == Act::relu || act == Act::relu6 || act == Act::hard_swish;
  const auto to = sink(result, false);
  const bool fixed = act == Act::sigmoid && to && to->quant == ir::Quant{1.0f / 256, -128};
  const bool plain = value(operand).plain;
  if (int8 || fixed) return give(ir::Activation{act}, {operand}, !plain, result);
  if (to && is_real(operand)) in_float_.push_back(name(result));
  give_float(ir::Activation{act}, {float_node(operand, !plain)}, result, plain);
}

void Raising::activation(Act act) {
  need_inputs(1, 1);
  activation(act, in(0), out());
}

void Raising::clip() {
  need_inputs(1, 3);
  const auto act = relu_kind(*node_);
  if (!act) refuse("only relu and relu6 are known, from 0 to 6 or without end");
  activation(*act, in(0), out());
}

// With the product of it and its own operand it is a silu.
void Raising::sigmoid() {
  need_inputs(1, 1);
  const FileNode* product = only_reader(out());
  const bool gates = product && product->op == "Mul" && product->inputs.size() == 2 &&
                     reads(*product, in(0)) && result_of(*product) >= 0 && in(0) != out();
  if (!gates) return activation(Act::sigmoid);
  // In our own files the two may be nodes of their own.
  const std::string gate = name(result_of(*product)) + kGate;
  if (ours_ && !name(out()).starts_with(gate)) return activation(Act::sigmoid);
  take(*product);
  activation(Act::silu, in(0), result_of(*product));
}

void Raising::hard_sigmoid() {
  need_inputs(1, 1);
  if (!is_near(node_->real("alpha", 0.2f), 1.0f / 6) || node_->real("beta", 0.5f) != 0.5f)
    refuse("only a hard sigmoid of slope 1/6 is known");
  const FileNode* product = only_reader(out());
  if (product && product->op == "Mul" && product->inputs.size() == 2 && reads(*product, in(0)) &&
      result_of(*product) >= 0 &&
      (!ours_ || name(out()).starts_with(name(result_of(*product)) + kGate))) {
    take(*product);
    return activation(Act::hard_swish, in(0), result_of(*product));
  }
  activation(Act::hard_sigmoid);
}

void Raising::gelu() {
  if (node_->text("approximate", "none") != "none") refuse("the approximate gelu is not known");
  activation(Act::gelu);
}

// x / sqrt 2 (the node at hand), erf, + 1, times x, times 1/2; nothing if it is not so.
std::optional<int> Raising::matched_gelu() const {
  const int x = in(0);
  std::vector<const FileNode*> chain = {node_};
  const auto next = [&](std::string_view op) {
    const FileNode* reader = only_reader(result_of(*chain.back()));
    if (!reader || reader->op != op) return false;
    chain.push_back(reader);
    return true;
  };
  if (!next("Erf") || !next("Add")) return {};
  if (!is_near(scalar_beside(*chain.back(), result_of(*chain[1])), 1)) return {};
  if (!next("Mul") || !reads(*chain.back(), x)) return {};
  if (!next("Mul") || !is_near(scalar_beside(*chain.back(), result_of(*chain[3])), 0.5f)) return {};
  return result_of(*chain.back()) < 0 ? std::nullopt : std::optional(result_of(*chain.back()));
}

// ---- arithmetic

void Raising::binary(ir::Op op, int a, int b) {
  // In the order of the file only if every operand of four dimensions lies so.
  bool nhwc = false;
  for (const int operand : {a, b})
    nhwc |= shape_of(operand).size() == 4 && value(operand).kind != Value::Kind::constant &&
            !value(operand).plain;
  give(std::move(op), {a, b}, nhwc, out());
}

void Raising::add() {
  need_inputs(2, 2);
  binary(ir::Add{}, in(0), in(1));
}

void Raising::sub() {
  need_inputs(2, 2);
  binary(ir::Sub{}, in(0), in(1));
}

void Raising::mul() {
  need_inputs(2, 2);
  if (is_near(scalar(in(1)), 0.70710678f))
    if (const auto result = matched_gelu()) return take_gelu(*result);
  binary(ir::Mul{}, in(0), in(1));
}

void Raising::take_gelu(int result) {
  for (const FileNode* at = node_; result_of(*at) != result;) {
    at = only_reader(result_of(*at));
    take(*at);
  }
  activation(Act::gelu, in(0), result);
}

// By a constant only: a product with its reciprocal.
void Raising::div() {
  need_inputs(2, 2);
  if (is_near(scalar(in(1)), 1.41421356f))
    if (const auto result = matched_gelu()) return take_gelu(*result);
  ir::Tensor divisor = float_tensor(in(1), false);
  std::vector<float> reciprocals;
  for (const float number : divisor.as<float>()) reciprocals.push_back(1 / number);
  const int index = hidden(name(in(1)) + "_reciprocal");
  value(index) = {.kind = Value::Kind::constant,
                  .constant = ir::make_tensor<float>(divisor.shape, reciprocals),
                  .origin = index};
  binary(ir::Mul{}, in(0), index);
}

void Raising::softmax() {
  need_inputs(1, 1);
  constexpr int kOneAxis = 13;  // older ones see a matrix whose columns begin at the axis
  const ir::Shape x = shape_of(in(0));
  const size_t axis =
      normal_axis(node_->integer("axis", file_.opset() < kOneAxis ? 1 : -1), x.size());
  int64_t behind = 1;
  for (size_t i = axis + 1; i < x.size(); ++i) behind *= x[i];
  if (file_.opset() < kOneAxis && behind != 1) refuse("only a softmax over one axis is known");
  if (x.size() == 4 && axis == 1) return give(ir::Softmax{}, {in(0)}, true, out());
  if (axis + 1 != x.size()) refuse("only a softmax over channels or the last axis is known");
  give(ir::Softmax{}, {in(0)}, false, out());
}

void Raising::global_average_pool() {
  need_inputs(1, 1);
  need_nchw(0);
  const FileNode* flat = only_reader(out());
  if (flat && flat->op == "Flatten" && flat->integer("axis", 1) == 1 && result_of(*flat) >= 0) {
    take(*flat);
    return give(ir::Mean{false}, {in(0)}, true, result_of(*flat));
  }
  give(ir::Mean{true}, {in(0)});
}

void Raising::reduce_mean() {
  need_inputs(1, 2);
  need_nchw(0);
  std::vector<size_t> axes;
  for (const int64_t axis :
       axes_of(*node_, {nullptr, constant_in(1)}).value_or(std::vector<int64_t>{}))
    axes.push_back(normal_axis(axis, 4));
  std::sort(axes.begin(), axes.end());
  if (axes != std::vector<size_t>{2, 3}) refuse("only means over height and width are known");
  give(ir::Mean{node_->integer("keepdims", 1) != 0}, {in(0)});
}

}  // namespace nnstretch::onnx

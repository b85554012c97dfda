// Reading of sums, products, means and activations, and of what only changes a type (raise.h).
#include <algorithm>

#include "base/error.h"
#include "formats/tflite/lower.h"
#include "formats/tflite/raise.h"

namespace nnstretch::tflite {
namespace {

using ir::Act;
using schema::BuiltinOperator;
using schema::TensorType;

void activation(Raising& it, Act act) {
  it.need_inputs(1, 1);
  it.give(ir::Activation{act}, {it.operand(0)});
}

void mean(Raising& it) {
  it.need_inputs(2, 2);
  std::vector<int32_t> axes = it.int32s(1);
  for (int32_t& axis : axes)
    if (axis < 0) axis += 4;
  std::sort(axes.begin(), axes.end());
  if (axes != std::vector<int32_t>{1, 2}) it.refuse("only means over height and width are known");
  it.give(ir::Mean{it.options<schema::ReducerOptions>().keep_dims()}, {it.operand(0)});
}

void add(Raising& it) {
  it.need_inputs(2, 2);
  it.give(ir::Add{it.act_of_field(it.options<schema::AddOptions>().fused_activation_function())},
          it.operands());
}

void sub(Raising& it) {
  it.need_inputs(2, 2);
  it.give(ir::Sub{it.act_of_field(it.options<schema::SubOptions>().fused_activation_function())},
          it.operands());
}

void softmax(Raising& it) {
  it.need_inputs(1, 1);
  if (it.options<schema::SoftmaxOptions>().beta() != 1) it.refuse("only a beta of 1 is known");
  it.give(ir::Softmax{}, {it.operand(0)});
}

void mul(Raising& it) {
  it.need_inputs(2, 2);
  const Act act = it.act_of_field(it.options<schema::MulOptions>().fused_activation_function());
  for (size_t i = 0; i < 2; ++i)
    if (it.op().inputs[i] >= 0)
      if (const auto* gate = std::get_if<Gate>(&it.value(i))) {
        if (gate->of != it.op().inputs[1 - i] || act != Act::none)
          it.refuse("this product is no silu");
        return it.give(ir::Activation{Act::silu}, {it.operand(1 - i)});
      }
  it.give(ir::Mul{act}, it.operands());
}

void dequantise(Raising& it) {
  it.need_inputs(1, 1);
  if (it.in(0).is_constant()) return it.unpack_weights();
  if (it.in(0).type == TensorType::FLOAT32) return it.keep(it.value(0));
  it.give(ir::Dequantize{}, {it.operand(0)});
}

void requantise(Raising& it) {
  it.need_inputs(1, 1);
  if (it.out().type == TensorType::FLOAT32) return dequantise(it);  // see_other_forms
  it.give(ir::Quantize{it.out().type == TensorType::UINT8 ? DType::u8 : DType::i8},
          {it.operand(0)});
}

// A float sigmoid that only the product with its own operand reads is half a silu. In our own files
// only if its name says so: there may be networks that have the two as nodes of their own.
void logistic(Raising& it) {
  it.need_inputs(1, 1);
  const auto& readers = it.file().readers(it.op().output());
  const bool may_be_gate = !it.ours() || it.out().name.ends_with(kGate);
  if (may_be_gate && it.out().type == TensorType::FLOAT32 && readers.size() == 1 &&
      !it.file().is_output(it.op().output())) {
    const FileOperator& reader = it.file().operators()[readers[0]];
    const auto has = [&](int tensor) {
      return std::find(reader.inputs.begin(), reader.inputs.end(), tensor) != reader.inputs.end();
    };
    if (reader.code == BuiltinOperator::MUL && reader.inputs.size() == 2 &&
        has(it.op().inputs[0])) {
      it.operand(0);  // must be there
      return it.keep(Gate{it.op().inputs[0]});
    }
  }
  activation(it, Act::sigmoid);
}

void gelu(Raising& it) {
  if (it.options<schema::GeluOptions>().approximate())
    it.refuse("the approximate GELU is not known");
  activation(it, Act::gelu);
}

void relu(Raising& it) { activation(it, Act::relu); }
void relu6(Raising& it) { activation(it, Act::relu6); }
void hard_swish(Raising& it) { activation(it, Act::hard_swish); }

constexpr Row kRows[] = {
    {BuiltinOperator::MEAN, mean},
    {BuiltinOperator::ADD, add},
    {BuiltinOperator::SUB, sub},
    {BuiltinOperator::MUL, mul},
    {BuiltinOperator::SOFTMAX, softmax},
    {BuiltinOperator::QUANTIZE, requantise},
    {BuiltinOperator::DEQUANTIZE, dequantise},
    {BuiltinOperator::LOGISTIC, logistic},
    {BuiltinOperator::RELU, relu},
    {BuiltinOperator::RELU6, relu6},
    {BuiltinOperator::HARD_SWISH, hard_swish},
    {BuiltinOperator::GELU, gelu},
};

}  // namespace

std::span<const Row> rows_of_arithmetic() { return kRows; }

}  // namespace nnstretch::tflite

// Reading of operators that only compute: sums, products, means, activations, conversions
// (raise.h).
#include <algorithm>

#include "base/error.h"
#include "formats/tflite/lower.h"
#include "formats/tflite/raise.h"

namespace nnstretch::tflite {

using ir::Act;
using schema::BuiltinOperator;
using schema::TensorType;

void Raising::mean() {
  need_inputs(2, 2);
  std::vector<int32_t> axes = int32s(1);
  for (int32_t& axis : axes)
    if (axis < 0) axis += 4;
  std::sort(axes.begin(), axes.end());
  if (axes != std::vector<int32_t>{1, 2}) refuse("only means over height and width are known");
  give(ir::Mean{options<schema::ReducerOptions>().keep_dims()}, {operand(0)});
}

void Raising::add() {
  need_inputs(2, 2);
  give(ir::Add{act_of_field(options<schema::AddOptions>().fused_activation_function())},
       operands());
}

void Raising::sub() {
  need_inputs(2, 2);
  give(ir::Sub{act_of_field(options<schema::SubOptions>().fused_activation_function())},
       operands());
}

void Raising::softmax() {
  need_inputs(1, 1);
  if (options<schema::SoftmaxOptions>().beta() != 1) refuse("only a beta of 1 is known");
  give(ir::Softmax{}, {operand(0)});
}

void Raising::mul() {
  need_inputs(2, 2);
  const Act act = act_of_field(options<schema::MulOptions>().fused_activation_function());
  for (size_t i = 0; i < 2; ++i)
    if (op_->inputs[i] >= 0)
      if (const auto* gate = std::get_if<Gate>(&value(i))) {
        if (gate->of != op_->inputs[1 - i] || act != Act::none) refuse("this product is no silu");
        return give(ir::Activation{Act::silu}, {operand(1 - i)});
      }
  give(ir::Mul{act}, operands());
}

void Raising::requantise() {
  need_inputs(1, 1);
  if (out().type == TensorType::FLOAT32) return dequantise();  // see_other_forms
  give(ir::Quantize{out().type == TensorType::UINT8 ? DType::u8 : DType::i8}, {operand(0)});
}

void Raising::dequantise() {
  need_inputs(1, 1);
  if (in(0).is_constant()) return unpack_weights();
  if (in(0).type == TensorType::FLOAT32) return keep(value(0));
  give(ir::Dequantize{}, {operand(0)});
}

// A float sigmoid that only the product with its own operand reads is half a silu. In our own files
// only if its name says so: there may be networks that have the two as nodes of their own.
void Raising::logistic() {
  need_inputs(1, 1);
  const auto& readers = file_.readers(op_->output());
  const bool may_be_gate = !ours_ || out().name.ends_with(kGate);
  if (may_be_gate && out().type == TensorType::FLOAT32 && readers.size() == 1 &&
      !file_.is_output(op_->output())) {
    const FileOperator& reader = file_.operators()[readers[0]];
    const auto has = [&](int tensor) {
      return std::find(reader.inputs.begin(), reader.inputs.end(), tensor) != reader.inputs.end();
    };
    if (reader.code == BuiltinOperator::MUL && reader.inputs.size() == 2 && has(op_->inputs[0])) {
      operand(0);  // must be there
      return keep(Gate{op_->inputs[0]});
    }
  }
  activation(Act::sigmoid);
}

void Raising::gelu() {
  if (options<schema::GeluOptions>().approximate()) refuse("the approximate GELU is not known");
  activation(Act::gelu);
}

void Raising::activation(Act act) {
  need_inputs(1, 1);
  give(ir::Activation{act}, {operand(0)});
}

}  // namespace nnstretch::tflite

// Reading of QuantizeLinear and DequantizeLinear that no layer took (raise.h).
#include <fmt/format.h>

#include "base/error.h"
#include "formats/onnx/fold.h"
#include "formats/onnx/layout.h"
#include "formats/onnx/raise.h"
#include "ir/numbers.h"

namespace nnstretch::onnx {
namespace {

void quantise(Raising& it) {
  it.need_inputs(2, 3);
  const auto quant = it.quantisation(it.node());
  if (!quant) it.refuse("only one scale and one zero point of int8 or uint8 are known");
  if (it.constant_in(0)) it.refuse("a constant that is quantised in the file is not known");
  const bool as_u8 = quant->second == DType::u8 && it.file().is_output(it.out());
  ir::Quant to = quant->first;
  if (as_u8) to.zero_point += 128;
  const Value from = it.value(it.in(0));
  ir::NodeId id = from.id;
  if (from.kind == Value::Kind::constant) it.refuse("its operand is a constant");
  const auto& type = it.type(id);
  const bool same = from.kind == Value::Kind::real && type.quant == to &&
                    type.dtype == (as_u8 ? DType::u8 : DType::i8);
  const bool moves = as_u8 && type.dtype != DType::u8;  // as give_int8() has it
  if (moves) id = it.laid_out(id, from.plain, true);
  if (!same)
    id = it.add({.name = it.name(it.out()),
                 .op = ir::Quantize{as_u8 ? DType::u8 : DType::i8},
                 .inputs = {id},
                 .quant = to});
  it.value(it.out()) = {.kind = Value::Kind::node, .id = id, .plain = from.plain && !moves};
}

void dequantise(Raising& it) {
  it.need_inputs(2, 3);
  const Value& from = it.value(it.in(0));
  if (from.kind != Value::Kind::constant) {
    const auto quant = it.quantisation(it.node());
    if (!quant) it.refuse("only one scale and one zero point of int8 or uint8 are known");
    const auto& type = it.type(from.id);
    ir::Quant stored = quant->first;
    if (type.dtype == DType::u8) stored.zero_point += 128;
    if (from.kind != Value::Kind::node || type.quant != stored)
      it.refuse("its scale or zero point is not the one of its operand");
    it.value(it.out()) = {.kind = Value::Kind::real, .id = from.id, .plain = from.plain};
    // In our own files a node of its own, if it has not the name of one that stands beside another.
    if (it.file().is_output(it.out()) ||
        (it.ours() && !it.name(it.out()).starts_with(it.name(it.in(0)) + kReal)))
      it.float_node(it.out(), !from.plain);
    return;
  }
  const Constant* scales = it.constant_in(1);
  if (!from.scales.empty() || !scales || scales->dtype != DType::f32 || scales->shape.size() > 1)
    it.refuse("its scales are not constants of float32");
  Value made = from;
  made.scales.assign(scales->as<float>().begin(), scales->as<float>().end());
  for (const float scale : made.scales)
    if (!ir::is_scale(scale)) it.refuse(fmt::format("{} is not a scale", scale));
  made.zero_points.assign(made.scales.size(), 0);
  if (it.has(2)) {
    const Constant* zeros = it.constant_in(2);
    if (!zeros || zeros->dtype != from.constant.dtype || zeros->shape != scales->shape)
      it.refuse("its zero points are not constants of its operand's type, one a scale");
    for (size_t i = 0; i < made.zero_points.size(); ++i)
      made.zero_points[i] = zeros->dtype == DType::i8 ? zeros->as<int8_t>()[i]
                            : zeros->dtype == DType::u8
                                ? std::to_integer<int64_t>((*zeros->bytes)[i])
                                : zeros->as<int32_t>()[i];
  }
  const DType type = from.constant.dtype;
  if (type != DType::i8 && type != DType::u8 && type != DType::i32)
    it.refuse(fmt::format("constants of {} are not dequantised", name_of(type)));
  if (made.scales.size() > 1) {
    made.axis = normal_axis(it.node().integer("axis", 1), from.constant.shape.size());
    if (from.constant.shape[made.axis] != static_cast<int64_t>(made.scales.size()))
      it.refuse("it has not one scale a slice of its axis");
  }
  if (made.scales.empty()) it.refuse("it has no scale");
  it.value(it.out()) = std::move(made);
}

constexpr Row kRows[] = {
    {"QuantizeLinear", quantise},
    {"DequantizeLinear", dequantise},
};

}  // namespace

std::span<const Row> rows_of_int8() { return kRows; }

}  // namespace nnstretch::onnx

#include "formats/tflite/raise.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/error.h"
#include "formats/tflite/lower.h"

namespace nnstretch::tflite {

using ir::Act;
using schema::ActivationFunctionType;
using schema::BuiltinOperator;
using schema::TensorType;

struct Raising::Entry {
  BuiltinOperator code;
  void (Raising::*raise)();
};

const Raising::Entry Raising::kTable[] = {
    {BuiltinOperator::CONV_2D, &Raising::conv},
    {BuiltinOperator::DEPTHWISE_CONV_2D, &Raising::depthwise_conv},
    {BuiltinOperator::FULLY_CONNECTED, &Raising::linear},
    {BuiltinOperator::MAX_POOL_2D, &Raising::max_pool},
    {BuiltinOperator::MEAN, &Raising::mean},
    {BuiltinOperator::ADD, &Raising::add},
    {BuiltinOperator::MUL, &Raising::mul},
    {BuiltinOperator::CONCATENATION, &Raising::concat},
    {BuiltinOperator::SLICE, &Raising::slice},
    {BuiltinOperator::PAD, &Raising::pad},
    {BuiltinOperator::PADV2, &Raising::pad},
    {BuiltinOperator::RESHAPE, &Raising::reshape},
    {BuiltinOperator::TRANSPOSE, &Raising::transpose},
    {BuiltinOperator::QUANTIZE, &Raising::requantise},
    {BuiltinOperator::DEQUANTIZE, &Raising::dequantise},
    {BuiltinOperator::LOGISTIC, &Raising::logistic},
    {BuiltinOperator::RELU, &Raising::relu},
    {BuiltinOperator::RELU6, &Raising::relu6},
    {BuiltinOperator::HARD_SWISH, &Raising::hard_swish},
    {BuiltinOperator::GELU, &Raising::gelu},
};

namespace {

// The type of a value, as our graphs have it.
ir::TensorType value_type(const FileTensor& tensor) {
  ir::TensorType type{.shape = tensor.shape, .quant = {}};
  if (tensor.type == TensorType::FLOAT32) return type;
  if (tensor.type != TensorType::INT8)
    throw FormatError({.what = "its values are neither float32 nor int8", .where = tensor.name});
  constexpr int64_t least = std::numeric_limits<int8_t>::min(),
                    most = std::numeric_limits<int8_t>::max();
  if (tensor.scales.size() != 1 || tensor.zero_points[0] < least || tensor.zero_points[0] > most)
    throw FormatError({.what = "an int8 value needs one scale and a zero point of -128 to 127",
                       .where = tensor.name});
  type.dtype = DType::i8;
  type.quant = ir::Quant{tensor.scales[0], static_cast<int32_t>(tensor.zero_points[0])};
  return type;
}

}  // namespace

// ---- the graph
// -----------------------------------------------------------------------------------

Raising::Raising(File& file, const Metadata* metadata) : file_(file), metadata_(metadata) {}

void Raising::run() {
  if (metadata_ && (metadata_->inputs.size() != file_.inputs().size() ||
                    metadata_->operators.size() != file_.operators().size()))
    throw FormatError({.what = "its metadata belongs to another graph"});
  values_.resize(file_.tensor_count());
  add_inputs();
  for (index_ = 0; index_ < file_.operators().size(); ++index_) {
    op_ = &file_.operators()[index_];
    const auto entry = std::find_if(std::begin(kTable), std::end(kTable),
                                    [&](const Entry& e) { return e.code == op_->code; });
    if (entry == std::end(kTable)) refuse("this operator is not known");
    if (values_[static_cast<size_t>(op_->output)].index() != 0 || out().is_constant())
      refuse("its result is an input, a constant or another operator's");
    try {
      (this->*entry->raise)();
    } catch (const FormatError& error) {
      if (!error.message().where.empty()) throw;
      refuse(error.message().what);
    }
  }
  for (const int output : file_.outputs()) outputs_.push_back(node(output));
  if (outputs_.empty()) throw FormatError({.what = "the graph has no outputs"});
}

void Raising::add_inputs() {
  for (size_t i = 0; i < file_.inputs().size(); ++i) {
    const FileTensor& tensor = file_.tensor(file_.inputs()[i]);
    auto& value = values_[static_cast<size_t>(file_.inputs()[i])];
    if (tensor.is_constant() || value.index() != 0)
      throw FormatError({.what = "it is no input of its own", .where = tensor.name});
    value = builder_.add({.name = tensor.name,
                          .op = ir::Input{value_type(tensor)},
                          .at = metadata_ ? metadata_->inputs[i] : ir::Place{}});
  }
}

void Raising::refuse(std::string what) const {
  throw FormatError(
      {.what = std::move(what),
       .where = fmt::format("operator {} ({}) of '{}'", index_, name_of(op_->code), out().name)});
}

// Whose work the operator at hand is. Files of other writers have it, if at all, in their tensors'
// names; ours say it in their metadata.
ir::Place Raising::place() const { return metadata_ ? metadata_->operators[index_] : ir::Place{}; }

ir::NodeId Raising::node(int tensor) const {
  if (tensor < 0) throw FormatError({.what = "an operand is absent"});
  const Value& value = values_[static_cast<size_t>(tensor)];
  if (const auto* id = std::get_if<ir::NodeId>(&value)) return *id;
  const FileTensor& named = file_.tensor(tensor);
  if (value.index() != 0)
    throw FormatError(
        {.what = "only the operator that completes it can read this value", .where = named.name});
  throw FormatError({.what = named.is_constant() ? "a constant stands where a value is expected"
                                                 : "nothing has computed this value yet",
                     .where = named.name});
}

void Raising::give(ir::Op op, std::vector<ir::NodeId> inputs, std::vector<std::string> weights) {
  const ir::TensorType declared = value_type(out());
  const ir::NodeId id = builder_.add({.name = out().name,
                                      .op = std::move(op),
                                      .inputs = std::move(inputs),
                                      .weights = std::move(weights),
                                      .quant = declared.quant,
                                      .at = place()});
  if (builder_.type(id) != declared)
    refuse(fmt::format("the file says {}, it computes {}", ir::to_string(declared),
                       ir::to_string(builder_.type(id))));
  keep(id);
}

// ---- of the operator at hand
// ---------------------------------------------------------------------

void Raising::need_inputs(size_t least, size_t most) const {
  if (op_->inputs.size() < least || op_->inputs.size() > most)
    refuse(fmt::format("it has {} operands", op_->inputs.size()));
}

const FileTensor& Raising::in(size_t i) const {
  if (op_->inputs.at(i) < 0) refuse(fmt::format("operand {} is absent", i));
  return file_.tensor(op_->inputs[i]);
}

std::vector<ir::NodeId> Raising::operands() const {
  std::vector<ir::NodeId> nodes;
  for (const int input : op_->inputs) nodes.push_back(node(input));
  return nodes;
}

std::vector<int32_t> Raising::int32s(size_t i) const {
  const FileTensor& tensor = in(i);
  constexpr size_t kMost = 16;  // tables of axes and sizes are short
  if (tensor.type != TensorType::INT32 || !tensor.is_constant() ||
      tensor.constant.size() > 4 * kMost)
    refuse(fmt::format("operand {} is not a short constant of int32", i));
  std::vector<int32_t> values(tensor.constant.size() / sizeof(int32_t));
  std::memcpy(values.data(), tensor.constant.data(), tensor.constant.size());
  return values;
}

Act Raising::act_of_field(schema::ActivationFunctionType field) const {
  switch (field) {
    case ActivationFunctionType::NONE:
      return Act::none;
    case ActivationFunctionType::RELU:
      return Act::relu;
    case ActivationFunctionType::RELU6:
      return Act::relu6;
    default:
      refuse(fmt::format("fused activation {} is not known", static_cast<int>(field)));
  }
}

// ---- operators without weights
// -------------------------------------------------------------------

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

void Raising::concat() {
  const auto& given = options<schema::ConcatenationOptions>();
  if (act_of_field(given.fused_activation_function()) != Act::none)
    refuse("an activation behind a concatenation is not known");
  need_inputs(1, std::numeric_limits<size_t>::max());
  const int rank = static_cast<int>(in(0).shape.size());
  if (given.axis() < -rank || given.axis() >= rank)
    refuse(fmt::format("there is no axis {}", given.axis()));
  give(ir::Concat{given.axis() < 0 ? given.axis() + rank : given.axis()}, operands());
}

void Raising::slice() {
  need_inputs(3, 3);
  const auto begin = int32s(1), size = int32s(2);
  const ir::Shape& from = in(0).shape;
  if (from.empty() || begin.size() != from.size() || size.size() != from.size())
    refuse("its begin and size are not of its operand's rank");
  std::optional<ir::Slice> cut;
  for (size_t axis = 0; axis < from.size(); ++axis) {
    if (begin[axis] < 0 || begin[axis] >= from[axis]) refuse("it begins outside of its operand");
    const int64_t taken = size[axis] == -1 ? from[axis] - begin[axis] : size[axis];
    if (taken == from[axis]) continue;
    if (cut) refuse("only slices along one axis are known");
    cut = ir::Slice{static_cast<int>(axis), begin[axis], static_cast<int>(taken)};
  }
  const int last = static_cast<int>(from.size()) - 1;
  give(cut ? *cut : ir::Slice{last, 0, static_cast<int>(from.back())}, {operand(0)});
}

void Raising::reshape() {
  need_inputs(1, 2);
  const ir::Shape& from = in(0).shape;
  const ir::Shape& to = out().shape;
  if (const auto* grouped = std::get_if<Grouped>(&value(0))) {
    if (!grouped->swapped || to != file_.tensor(grouped->of).shape)
      refuse("this is no channel shuffle");
    return give(ir::Shuffle{static_cast<int>(grouped->groups)}, {node(grouped->of)});
  }
  operand(0);  // must be there
  const bool splits = !from.empty() && to.size() == 4 && to[0] == from[0] &&
                      to[2] * to[3] == from.back() && ir::count(to) == ir::count(from);
  if (!splits) refuse("a RESHAPE is known only as part of a channel shuffle");
  keep(Grouped{op_->inputs[0], to[2], false});
}

void Raising::transpose() {
  need_inputs(2, 2);
  in(0);
  const auto* grouped = std::get_if<Grouped>(&value(0));
  if (!grouped || grouped->swapped || int32s(1) != std::vector<int32_t>{0, 1, 3, 2})
    refuse("a TRANSPOSE is known only as part of a channel shuffle");
  keep(Grouped{grouped->of, grouped->groups, true});
}

void Raising::requantise() {
  need_inputs(1, 1);
  give(ir::Quantize{}, {operand(0)});
}

void Raising::dequantise() {
  need_inputs(1, 1);
  give(ir::Dequantize{}, {operand(0)});
}

// A float sigmoid that only the product with its own operand reads is half a silu. In our own files
// only if its name says so: there may be networks that have the two as nodes of their own.
void Raising::logistic() {
  need_inputs(1, 1);
  const auto& readers = file_.readers(op_->output);
  const bool may_be_gate = !metadata_ || out().name.ends_with(kGate);
  if (may_be_gate && out().type == TensorType::FLOAT32 && readers.size() == 1 &&
      !file_.is_output(op_->output)) {
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

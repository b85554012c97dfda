#include "formats/tflite/raise.h"

#include <fmt/format.h>

#include <cstring>

#include "base/error.h"
#include "formats/tflite/lower.h"

namespace nnstretch::tflite {

using ir::Act;
using schema::ActivationFunctionType;
using schema::TensorType;

namespace {

// The type of a value, as our graphs have it.
ir::TensorType value_type(const FileTensor& tensor) {
  ir::TensorType type{.shape = tensor.shape, .quant = {}};
  if (tensor.type == TensorType::FLOAT32) return type;
  const bool is_signed = tensor.type == TensorType::INT8;
  if (!is_signed && tensor.type != TensorType::UINT8)
    throw FormatError(
        {.what = "its values are neither float32 nor int8 nor uint8", .where = tensor.name});
  const int64_t least = is_signed ? -128 : 0;
  if (tensor.scales.size() != 1 || tensor.zero_points[0] < least ||
      tensor.zero_points[0] > least + 255)
    throw FormatError(
        {.what = fmt::format("it needs one scale and a zero point of {} to {}", least, least + 255),
         .where = tensor.name});
  type.dtype = is_signed ? DType::i8 : DType::u8;
  type.quant = ir::Quant{tensor.scales[0], static_cast<int32_t>(tensor.zero_points[0])};
  return type;
}

const Row* row_of(schema::BuiltinOperator code) {
  for (const auto rows : {rows_of_layers(), rows_of_arithmetic(), rows_of_moves()})
    for (const Row& row : rows)
      if (row.code == code) return &row;
  return nullptr;
}

}  // namespace

// ---- the graph

Raising::Raising(File& file, const formats::Metadata* metadata, Places places)
    : file_(file), ours_(metadata != nullptr), places_(std::move(places)) {}

void Raising::run() {
  values_.resize(file_.tensor_count());
  add_inputs();
  for (index_ = 0; index_ < file_.operators().size(); ++index_) {
    op_ = &file_.operators()[index_];
    const Row* row = row_of(op_->code);
    if (!row) refuse("this operator is not known");
    for (const int output : op_->outputs)
      if (values_[static_cast<size_t>(output)].index() != 0 || file_.tensor(output).is_constant())
        refuse("its result is an input, a constant or another operator's");
    try {
      row->raise(*this);
    } catch (const FormatError& error) {
      if (!error.message().where.empty()) throw;
      refuse(error.message().what);
    }
  }
  for (const int index : file_.outputs()) outputs_.push_back(output(index));
  if (outputs_.empty()) throw FormatError({.what = "the graph has no outputs"});
}

void Raising::add_inputs() {
  for (size_t i = 0; i < file_.inputs().size(); ++i) {
    const FileTensor& tensor = file_.tensor(file_.inputs()[i]);
    auto& value = values_[static_cast<size_t>(file_.inputs()[i])];
    if (tensor.is_constant() || value.index() != 0)
      throw FormatError({.what = "it is no input of its own", .where = tensor.name});
    value = input(tensor, places_.inputs[i]);
  }
}

// The ends of a network of uint8 stay uint8.
ir::NodeId Raising::input(const FileTensor& tensor, const ir::Place& at) {
  ir::TensorType type = value_type(tensor);
  if (!tensor.was_uint8) return add({.name = tensor.name, .op = ir::Input{type}, .at = at});
  const auto quant = type.quant;
  type.dtype = DType::u8;
  type.quant->zero_point += 128;
  const auto id = add({.name = tensor.name, .op = ir::Input{type}, .at = at});
  return add({.name = tensor.name + "_int8",
              .op = ir::Quantize{},
              .inputs = {id},
              .quant = quant,
              .at = at});
}

ir::NodeId Raising::output(int index) {
  const ir::NodeId id = node(index);
  const FileTensor& tensor = file_.tensor(index);
  if (!tensor.was_uint8) return id;
  auto quant = value_type(tensor).quant;
  quant->zero_point += 128;
  return add({.name = tensor.name + "_uint8",
              .op = ir::Quantize{DType::u8},
              .inputs = {id},
              .quant = quant,
              .at = builder_.so_far().node(id).at});
}

ir::NodeId Raising::add(ir::NodeSpec spec) {
  spec.name = node_names_.take(spec.name);
  return builder_.add(std::move(spec));
}

void Raising::refuse(std::string what) const {
  throw FormatError(
      {.what = std::move(what),
       .where = fmt::format("operator {} ({}) of '{}'", index_, name_of(op_->code), out().name)});
}

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

// A constant has no place: it goes along with whoever reads it.
ir::NodeId Raising::node_or_constant(int tensor) {
  if (tensor < 0 || !file_.tensor(tensor).is_constant()) return node(tensor);
  Value& value = values_[static_cast<size_t>(tensor)];
  if (const auto* known = std::get_if<ir::NodeId>(&value)) return *known;
  const FileTensor& constant = file_.tensor(tensor);
  const ir::TensorType type = value_type(constant);
  if (type.dtype == DType::u8) refuse(fmt::format("its operand '{}' is uint8", constant.name));
  file_.note_copied(constant.constant.size());
  ir::Tensor stored{.dtype = type.dtype, .shape = type.shape, .bytes = {}, .scales = {}};
  stored.bytes = std::make_shared<const std::vector<std::byte>>(constant.constant.begin(),
                                                                constant.constant.end());
  const std::string name = store(tensor, std::move(stored));
  const ir::NodeId id = add({.name = name, .op = ir::Constant{type}, .weights = {name}});
  value = id;
  return id;
}

void Raising::give(ir::Op op, std::vector<ir::NodeId> inputs, std::vector<std::string> weights) {
  give(op_->output(), std::move(op), std::move(inputs), std::move(weights));
}

void Raising::give(int tensor, ir::Op op, std::vector<ir::NodeId> inputs,
                   std::vector<std::string> weights) {
  const FileTensor& out = file_.tensor(tensor);
  const ir::TensorType declared = value_type(out);
  const ir::NodeId id = add({.name = out.name,
                             .op = std::move(op),
                             .inputs = std::move(inputs),
                             .weights = std::move(weights),
                             .quant = declared.quant,
                             .at = places_.operators[index_].at});
  if (builder_.type(id) != declared)
    refuse(fmt::format("the file says {}, it computes {}", ir::to_string(declared),
                       ir::to_string(builder_.type(id))));
  values_[static_cast<size_t>(tensor)] = id;
}

// ---- of the operator at hand

void Raising::need_inputs(size_t least, size_t most) const {
  if (op_->inputs.size() < least || op_->inputs.size() > most)
    refuse(fmt::format("it has {} operands", op_->inputs.size()));
}

const FileTensor& Raising::in(size_t i) const {
  if (op_->inputs.at(i) < 0) refuse(fmt::format("operand {} is absent", i));
  return file_.tensor(op_->inputs[i]);
}

std::vector<ir::NodeId> Raising::operands() {
  std::vector<ir::NodeId> nodes;
  for (const int input : op_->inputs) nodes.push_back(node_or_constant(input));
  return nodes;
}

const FileOperator* Raising::only_reader(int tensor, schema::BuiltinOperator code) const {
  const auto& readers = file_.readers(tensor);
  if (readers.size() != 1 || file_.is_output(tensor)) return nullptr;
  const FileOperator& reader = file_.operators()[readers[0]];
  return reader.code == code && reader.outputs.size() == 1 ? &reader : nullptr;
}

std::vector<int32_t> Raising::int32s_of(const FileTensor& tensor) const {
  constexpr size_t kMost = 16;  // tables of axes and sizes are short
  if (tensor.type != TensorType::INT32 || !tensor.is_constant() ||
      tensor.constant.size() > 4 * kMost)
    refuse(fmt::format("'{}' is not a short constant of int32", tensor.name));
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

}  // namespace nnstretch::tflite

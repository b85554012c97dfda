#include "formats/tflite/emitter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/error.h"

namespace nnstretch::tflite {
namespace {

using schema::TensorType;

std::vector<int32_t> to_int32(const ir::Shape& shape, const std::string& name) {
  std::vector<int32_t> out;
  for (const int64_t size : shape) {
    if (size < 0 || size > std::numeric_limits<int32_t>::max())
      throw FormatError(
          {.what = fmt::format("{} is too large for a .tflite file", ir::to_string(shape)),
           .where = name});
    out.push_back(static_cast<int32_t>(size));
  }
  return out;
}

TensorType to_file(DType type, const std::string& name) {
  switch (type) {
    case DType::f32:
      return TensorType::FLOAT32;
    case DType::i8:
      return TensorType::INT8;
    case DType::u8:
      return TensorType::UINT8;
    default:
      throw FormatError(
          {.what = fmt::format("values of type {} are not written to .tflite files", name_of(type)),
           .where = name,
           .fix = "use float32, int8 or uint8"});
  }
}

std::unique_ptr<schema::QuantizationParametersT> quantization(std::vector<float> scales,
                                                              int32_t zero_point, int axis) {
  auto out = std::make_unique<schema::QuantizationParametersT>();
  out->zero_point.assign(scales.size(), zero_point);
  out->scale = std::move(scales);
  out->quantized_dimension = axis;
  return out;
}

// Arguments are called "input_0", "input_1", ...: LiteRT sorts them by name, so equal width keeps
// their order.
std::vector<std::unique_ptr<schema::TensorMapT>> named(const std::string& stem,
                                                       std::span<const TensorId> tensors) {
  const size_t width = std::to_string(tensors.size()).size();
  std::vector<std::unique_ptr<schema::TensorMapT>> out;
  for (size_t i = 0; i < tensors.size(); ++i) {
    auto entry = std::make_unique<schema::TensorMapT>();
    entry->name = fmt::format("{}_{:0{}}", stem, i, width);
    entry->tensor_index = static_cast<uint32_t>(tensors[i]);
    out.push_back(std::move(entry));
  }
  return out;
}

}  // namespace

Emitter::Emitter() {
  model_.version = 3;
  model_.subgraphs.push_back(std::make_unique<schema::SubGraphT>());
  graph().name = "main";
  buffer({});  // buffer 0 is the empty one
}

TensorId Emitter::value(const std::string& name, const ir::TensorType& type) {
  auto tensor = std::make_unique<schema::TensorT>();
  tensor->name = name;
  tensor->type = to_file(type.dtype, name);
  tensor->shape = to_int32(type.shape, name);
  if (type.quant)
    tensor->quantization = quantization({type.quant->scale}, type.quant->zero_point, 0);
  graph().tensors.push_back(std::move(tensor));
  return static_cast<TensorId>(graph().tensors.size() - 1);
}

TensorId Emitter::constant(Constant constant) {
  auto tensor = std::make_unique<schema::TensorT>();
  tensor->name = constant.name;
  tensor->type = constant.type;
  tensor->shape = to_int32(constant.shape, constant.name);
  tensor->buffer = buffer(constant.bytes);
  if (!constant.scales.empty())
    tensor->quantization =
        quantization(std::move(constant.scales), constant.zero_point, constant.axis);
  graph().tensors.push_back(std::move(tensor));
  return static_cast<TensorId>(graph().tensors.size() - 1);
}

TensorId Emitter::int32s(const std::string& name, std::span<const int32_t> values,
                         ir::Shape shape) {
  const auto bytes = std::as_bytes(values);
  return constant({name, TensorType::INT32, std::move(shape), {bytes.begin(), bytes.end()}});
}

schema::OperatorT& Emitter::op(schema::BuiltinOperator code, int version, std::vector<TensorId> in,
                               TensorId out) {
  auto op = std::make_unique<schema::OperatorT>();
  op->opcode_index = code_index(code, version);
  op->inputs = std::move(in);
  op->outputs = {out};
  graph().operators.push_back(std::move(op));
  places_.push_back(place_);
  return *graph().operators.back();
}

uint32_t Emitter::code_index(schema::BuiltinOperator code, int version) {
  const auto [found, is_new] =
      codes_.emplace(std::pair(code, version), static_cast<uint32_t>(model_.operator_codes.size()));
  if (is_new) {
    constexpr auto kLargest = schema::BuiltinOperator::PLACEHOLDER_FOR_GREATER_OP_CODES;
    auto entry = std::make_unique<schema::OperatorCodeT>();
    entry->builtin_code = code;
    entry->deprecated_builtin_code = static_cast<int8_t>(std::min(code, kLargest));
    entry->version = version;
    model_.operator_codes.push_back(std::move(entry));
  }
  return found->second;
}

uint32_t Emitter::buffer(std::span<const std::byte> bytes) {
  auto buffer = std::make_unique<schema::BufferT>();
  buffer->data.resize(bytes.size());
  if (!bytes.empty()) std::memcpy(buffer->data.data(), bytes.data(), bytes.size());
  model_.buffers.push_back(std::move(buffer));
  return static_cast<uint32_t>(model_.buffers.size() - 1);
}

void Emitter::metadata(const std::string& name, std::span<const std::byte> bytes) {
  auto entry = std::make_unique<schema::MetadataT>();
  entry->name = name;
  entry->buffer = buffer(bytes);
  model_.metadata.push_back(std::move(entry));
}

void Emitter::signature(std::vector<TensorId> inputs, std::vector<TensorId> outputs) {
  auto entry = std::make_unique<schema::SignatureDefT>();
  entry->signature_key = "serving_default";
  entry->inputs = named("input", inputs);
  entry->outputs = named("output", outputs);
  model_.signature_defs.push_back(std::move(entry));
  graph().inputs = std::move(inputs);
  graph().outputs = std::move(outputs);
}

std::vector<std::byte> Emitter::finish(const std::string& name) && {
  model_.description = name;
  flatbuffers::FlatBufferBuilder builder(1 << 20);
  schema::FinishModelBuffer(builder, schema::Model::Pack(builder, &model_));
  const auto bytes = std::as_bytes(std::span(builder.GetBufferPointer(), builder.GetSize()));
  return {bytes.begin(), bytes.end()};
}

}  // namespace nnstretch::tflite

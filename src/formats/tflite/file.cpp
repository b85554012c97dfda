#include "formats/tflite/file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/error.h"
#include "ir/numbers.h"

namespace nnstretch::tflite {
namespace {

using schema::TensorType;

[[noreturn]] void refuse(std::string what, std::string where = {}) {
  throw FormatError({.what = std::move(what), .where = std::move(where)});
}

size_t element_size(TensorType type, const std::string& name) {
  switch (type) {
    case TensorType::FLOAT32:
    case TensorType::INT32:
      return 4;
    case TensorType::INT8:
    case TensorType::UINT8:
      return 1;
    case TensorType::FLOAT16:
    case TensorType::INT16:
      return 2;
    case TensorType::INT64:
      return 8;
  }
  refuse(fmt::format("element type {} is not known", static_cast<int>(type)), name);
}

ir::Shape read_shape(const flatbuffers::Vector<int32_t>* raw, const std::string& name) {
  constexpr int64_t kMostElements = std::numeric_limits<int32_t>::max();
  constexpr size_t kMostDimensions = 6;
  ir::Shape shape;
  if (!raw) return shape;
  if (raw->size() > kMostDimensions)
    refuse(fmt::format("a tensor has {} dimensions", raw->size()), name);
  int64_t elements = 1;
  for (const int32_t size : *raw) {
    shape.push_back(size);
    if (size < 1 || elements > kMostElements / size)
      refuse(fmt::format("the shape {} is not one of a tensor", ir::to_string(shape)), name);
    elements *= size;
  }
  return shape;
}

// The number of an operator: in a byte in old files, in 32 bits in new ones.
schema::BuiltinOperator code_of(const schema::OperatorCode& raw) {
  return static_cast<schema::BuiltinOperator>(
      std::max(static_cast<int32_t>(raw.builtin_code()), int32_t{raw.deprecated_builtin_code()}));
}

}  // namespace

std::string name_of(schema::BuiltinOperator code) {
  const std::string known = schema::EnumNameBuiltinOperator(code);
  return known.empty() ? fmt::format("number {}", static_cast<int>(code)) : known;
}

File File::open(std::span<const std::byte> bytes, const std::string& where) try {
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  constexpr size_t kHeader = 8;
  if (bytes.size() < kHeader || !schema::ModelBufferHasIdentifier(data))
    refuse("not a .tflite file (TFL3 does not stand at its beginning)");
  if (bytes.size() >= FLATBUFFERS_MAX_BUFFER_SIZE) refuse("a .tflite file is smaller than 2 GiB");
  flatbuffers::Verifier verifier(data, bytes.size());
  if (!schema::VerifyModelBuffer(verifier)) refuse("the file is damaged or cut short");

  File file;
  file.allowance_ = 12 * bytes.size() + (1 << 16);  // int8 weights as float, twice
  file.model_ = schema::GetModel(data);
  const schema::Model& model = *file.model_;
  if (model.version() != 3) refuse(fmt::format("schema version {}, not 3", model.version()));
  if (!model.subgraphs() || model.subgraphs()->size() != 1)
    refuse(fmt::format("{} sub-graphs; only files with one are read",
                       model.subgraphs() ? model.subgraphs()->size() : 0));
  const schema::SubGraph& graph = *model.subgraphs()->Get(0);
  file.read_tensors(model, graph);
  file.read_operators(model, graph);
  file.inputs_ = file.indices(graph.inputs(), 0);
  file.outputs_ = file.indices(graph.outputs(), 0);
  file.is_output_.resize(file.tensors_.size());
  for (const int output : file.outputs_) file.is_output_[static_cast<size_t>(output)] = true;
  return file;
} catch (const FormatError& error) {
  const auto& [what, inner, fix] = error.message();
  throw FormatError({what, inner.empty() ? where : fmt::format("{}: {}", where, inner), fix});
}

void File::note_copied(size_t bytes) {
  if (bytes > allowance_) refuse("parts of the file lie over each other");
  allowance_ -= bytes;
}

std::vector<int> File::indices(const flatbuffers::Vector<int32_t>* raw, int smallest) {
  if (!raw) return {};
  note_copied(raw->size() * sizeof(int32_t));
  std::vector<int> out(raw->begin(), raw->end());
  for (const int index : out)
    if (index < smallest || (index >= 0 && static_cast<size_t>(index) >= tensors_.size()))
      refuse(fmt::format("there is no tensor {}", index));
  return out;
}

void File::read_tensors(const schema::Model& model, const schema::SubGraph& graph) {
  if (!graph.tensors()) return;
  for (const schema::Tensor* raw : *graph.tensors()) {
    FileTensor tensor{.name = raw->name() ? raw->name()->str() : "",
                      .type = raw->type(),
                      .shape = {},
                      .constant = {},
                      .scales = {},
                      .zero_points = {}};
    note_copied(tensor.name.size() + sizeof(FileTensor));
    if (tensor.name.empty()) tensor.name = fmt::format("#{}", tensors_.size());
    const size_t element = element_size(tensor.type, tensor.name);
    tensor.shape = read_shape(raw->shape(), tensor.name);
    if (!model.buffers() || raw->buffer() >= model.buffers()->size())
      refuse(fmt::format("there is no buffer {}", raw->buffer()), tensor.name);
    if (const auto* data = model.buffers()->Get(raw->buffer())->data(); data && data->size()) {
      tensor.constant = std::as_bytes(std::span(data->data(), data->size()));
      if (data->size() != static_cast<size_t>(ir::count(tensor.shape)) * element)
        refuse(fmt::format("{} bytes for the shape {}", data->size(), ir::to_string(tensor.shape)),
               tensor.name);
    }
    read_quantisation(raw->quantization(), tensor);
    tensors_.push_back(std::move(tensor));
  }
  readers_.resize(tensors_.size());
}

void File::read_quantisation(const schema::QuantizationParameters* raw, FileTensor& tensor) {
  if (!raw || !raw->scale() || !raw->scale()->size()) return;
  const size_t count = raw->scale()->size();
  note_copied(count * (sizeof(float) + sizeof(int64_t)));
  tensor.scales.assign(raw->scale()->begin(), raw->scale()->end());
  tensor.zero_points.assign(count, 0);
  if (const auto* points = raw->zero_point(); points && points->size()) {
    if (points->size() != count)
      refuse(fmt::format("{} scales and {} zero points", count, points->size()), tensor.name);
    // Copied as bytes: the verifier lets 64-bit numbers lie where only 32-bit ones may.
    std::memcpy(tensor.zero_points.data(), points->Data(), count * sizeof(int64_t));
  }
  for (const float scale : tensor.scales)
    if (!ir::is_scale(scale)) refuse(fmt::format("{} is not a scale", scale), tensor.name);
  tensor.axis = raw->quantized_dimension();
  const auto rank = static_cast<int>(tensor.shape.size());
  if (count > 1 && (tensor.axis < 0 || tensor.axis >= rank ||
                    tensor.shape[static_cast<size_t>(tensor.axis)] != static_cast<int64_t>(count)))
    refuse(fmt::format("{} scales on dimension {} of {}", count, tensor.axis,
                       ir::to_string(tensor.shape)),
           tensor.name);
}

void File::read_operators(const schema::Model& model, const schema::SubGraph& graph) {
  if (!graph.operators()) return;
  for (const schema::Operator* raw : *graph.operators()) {
    const size_t index = operators_.size();
    note_copied(sizeof(ir::Node));
    if (!model.operator_codes() || raw->opcode_index() >= model.operator_codes()->size())
      refuse(fmt::format("operator {} is of no kind", index));
    const auto code = code_of(*model.operator_codes()->Get(raw->opcode_index()));
    const auto outputs = indices(raw->outputs(), 0);
    const bool many = code == schema::BuiltinOperator::SPLIT;
    if (outputs.empty() || (outputs.size() > 1 && !many))
      refuse(fmt::format("operator {} ({}) has {} results", index, name_of(code), outputs.size()));
    operators_.push_back({code, indices(raw->inputs(), -1), outputs, raw});
    for (const int input : operators_.back().inputs)
      if (input >= 0) readers_[static_cast<size_t>(input)].push_back(index);
  }
}

void File::make_int8(int index) {
  FileTensor& tensor = tensors_.at(static_cast<size_t>(index));
  tensor.type = TensorType::INT8;
  tensor.was_uint8 = true;
  for (int64_t& zero_point : tensor.zero_points)
    if (zero_point < 0 || zero_point > 255)
      refuse("it needs one scale and a zero point of 0 to 255", tensor.name);
    else
      zero_point -= 128;
  if (!tensor.is_constant()) return;
  note_copied(tensor.constant.size());
  std::vector<std::byte>& bytes = made_bytes_.emplace_back();
  for (const std::byte byte : tensor.constant) bytes.push_back(byte ^ std::byte{0x80});
  tensor.constant = bytes;
}

void File::make_float(int index) {
  FileTensor& tensor = tensors_.at(static_cast<size_t>(index));
  tensor.type = TensorType::FLOAT32;
  tensor.constant = {};
  tensor.scales.clear();
  tensor.zero_points.clear();
}

void File::make_constant(int index, std::vector<float> values) {
  FileTensor& tensor = tensors_.at(static_cast<size_t>(index));
  if (tensor.type != TensorType::FLOAT32 ||
      values.size() != static_cast<size_t>(ir::count(tensor.shape)))
    refuse("it is not of its constant operand's shape, in float32", tensor.name);
  made_.push_back(std::move(values));
  tensor.constant = std::as_bytes(std::span(made_.back()));
}

std::optional<std::string_view> File::metadata(std::string_view name) const {
  if (!model_->metadata()) return {};
  for (const schema::Metadata* entry : *model_->metadata()) {
    if (!entry->name() || entry->name()->string_view() != name) continue;
    if (!model_->buffers() || entry->buffer() >= model_->buffers()->size()) return {};
    const auto* data = model_->buffers()->Get(entry->buffer())->data();
    if (!data) return {};
    return std::string_view(reinterpret_cast<const char*>(data->data()), data->size());
  }
  return {};
}

}  // namespace nnstretch::tflite

#include "formats/tflite/other_forms.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"

namespace nnstretch::tflite {
namespace {

using schema::BuiltinOperator;
using schema::TensorType;

template <class T>
T element(const FileTensor& tensor, size_t index) {
  T value;
  std::memcpy(&value, tensor.constant.data() + index * sizeof(T), sizeof(T));
  return value;
}

double stored(const FileTensor& tensor, size_t index) {
  switch (tensor.type) {
    case TensorType::INT8:
      return element<int8_t>(tensor, index);
    case TensorType::UINT8:
      return element<uint8_t>(tensor, index);
    case TensorType::INT16:
      return element<int16_t>(tensor, index);
    case TensorType::INT32:
      return element<int32_t>(tensor, index);
    case TensorType::INT64:
      return static_cast<double>(element<int64_t>(tensor, index));
    default:
      throw FormatError({.what = "its numbers are not integers", .where = tensor.name});
  }
}

bool is_quantised_constant(const FileTensor& tensor) {
  return tensor.is_constant() && !tensor.scales.empty() && tensor.type != TensorType::FLOAT32 &&
         tensor.type != TensorType::FLOAT16;
}

}  // namespace

std::vector<float> real_numbers(const FileTensor& tensor) {
  const auto count = static_cast<size_t>(ir::count(tensor.shape));
  size_t inner = 1;
  for (size_t i = static_cast<size_t>(tensor.axis) + 1; i < tensor.shape.size(); ++i)
    inner *= static_cast<size_t>(tensor.shape[i]);
  std::vector<float> values(count);
  for (size_t i = 0; i < count; ++i) {
    const size_t slice = tensor.scales.size() == 1 ? 0 : i / inner % tensor.scales.size();
    values[i] =
        static_cast<float>((stored(tensor, i) - static_cast<double>(tensor.zero_points[slice])) *
                           static_cast<double>(tensor.scales[slice]));
  }
  return values;
}

namespace {

bool has_weights(BuiltinOperator code) {
  return code == BuiltinOperator::CONV_2D || code == BuiltinOperator::DEPTHWISE_CONV_2D ||
         code == BuiltinOperator::FULLY_CONNECTED;
}

// All values and constants of one type that have a scale.
std::vector<int> quantised(const File& file, TensorType type) {
  std::vector<int> found;
  for (int i = 0; i < static_cast<int>(file.tensor_count()); ++i)
    if (file.tensor(i).type == type && !file.tensor(i).scales.empty()) found.push_back(i);
  return found;
}

size_t see_int16(File& file) {
  size_t seen = 0;
  for (const int i : quantised(file, TensorType::INT16))
    if (!file.tensor(i).is_constant()) file.make_float(i), ++seen;
  return seen;
}

bool weights_are(const File& file, TensorType type) {
  return std::any_of(file.operators().begin(), file.operators().end(), [&](const auto& op) {
    return has_weights(op.code) && op.inputs.size() > 1 && op.inputs[1] >= 0 &&
           file.tensor(op.inputs[1]).is_constant() && file.tensor(op.inputs[1]).type == type;
  });
}

void see_real_numbers(File& file, int tensor) {
  file.note_copied(static_cast<size_t>(ir::count(file.tensor(tensor).shape)) * sizeof(float));
  auto values = real_numbers(file.tensor(tensor));
  file.make_float(tensor);
  file.make_constant(tensor, std::move(values));
}

// Returns how many layers stay float, for the zero point of their weights.
size_t see_uint8(File& file) {
  size_t in_float = 0;
  for (const FileOperator& op : file.operators()) {
    if (!has_weights(op.code) || op.inputs.size() < 2 || op.inputs[1] < 0) continue;
    const FileTensor& weights = file.tensor(op.inputs[1]);
    constexpr int64_t kMiddle = 128;
    const bool plain = std::all_of(weights.zero_points.begin(), weights.zero_points.end(),
                                   [](int64_t zero_point) { return zero_point == kMiddle; });
    if (weights.type != TensorType::UINT8 || plain) continue;
    ++in_float;
    for (size_t i = 1; i < op.inputs.size(); ++i)
      if (op.inputs[i] >= 0 && is_quantised_constant(file.tensor(op.inputs[i])))
        see_real_numbers(file, op.inputs[i]);
  }
  for (const int i : quantised(file, TensorType::UINT8)) file.make_int8(i);
  return in_float;
}

// Constants that operators with a float result read. Returns how many operators have such weights.
size_t see_constants(File& file) {
  size_t with_weights = 0;
  for (const FileOperator& op : file.operators()) {
    if (file.tensor(op.output()).type != TensorType::FLOAT32 ||
        op.code == BuiltinOperator::DEQUANTIZE)
      continue;
    for (size_t i = 0; i < op.inputs.size(); ++i) {
      if (op.inputs[i] < 0 || !is_quantised_constant(file.tensor(op.inputs[i]))) continue;
      if (i == 1 && has_weights(op.code)) ++with_weights;
      see_real_numbers(file, op.inputs[i]);
    }
  }
  return with_weights;
}

}  // namespace

std::vector<std::string> see_other_forms(File& file) {
  std::vector<std::string> notes;
  if (weights_are(file, TensorType::UINT8))
    if (const size_t layers = see_uint8(file))
      notes.push_back(fmt::format(
          "{} layers have uint8 weights with a zero point: computed in float between int8 values",
          layers));
  const size_t values = see_int16(file);
  if (values)
    notes.push_back(fmt::format("{} int16 values are computed in float, without rounding", values));
  if (const size_t layers = see_constants(file); layers && !values)
    notes.push_back(fmt::format(
        "{} float operators have integer weights: computed in float throughout", layers));
  return notes;
}

}  // namespace nnstretch::tflite

#include "nnstretch/tensor.h"

#include <fmt/format.h>

#include "api/impl.h"
#include "ir/stored_values.h"

namespace nnstretch {
namespace {

ElementType element_type(DType type) {
  switch (type) {
    case DType::f32:
      return ElementType::float32;
    case DType::i8:
      return ElementType::int8;
    case DType::u8:
      return ElementType::uint8;
    default:
      return ElementType::other;
  }
}

ir::TensorType tensor_type(const TensorInfo& info) {
  const ir::Quant quant{info.scale, info.zero_point};
  switch (info.type) {
    case ElementType::float32:
      return {DType::f32, info.shape, {}};
    case ElementType::int8:
      return {DType::i8, info.shape, quant};
    case ElementType::uint8:
      return {DType::u8, info.shape, quant};
    case ElementType::other:
      break;
  }
  throw ShapeError(
      {.what = "its elements are neither float32, int8 nor uint8", .where = info.name});
}

void check(size_t given, size_t wanted, const char* unit, const TensorInfo& info) {
  if (given != wanted)
    throw ShapeError({.what = fmt::format("{} {} were given, it has {}", given, unit, wanted),
                      .where = info.name});
}

}  // namespace

TensorInfo api::describe(const std::string& name, const ir::TensorType& type) {
  TensorInfo info{
      .name = name, .type = element_type(type.dtype), .shape = type.shape, .bytes = type.bytes()};
  if (type.quant) {
    info.scale = type.quant->scale;
    info.zero_point = type.quant->zero_point;
  }
  return info;
}

std::vector<float> to_floats(std::span<const std::byte> bytes, const TensorInfo& info) {
  const ir::TensorType type = tensor_type(info);
  check(bytes.size(), type.bytes(), "bytes", info);
  return ir::to_floats(bytes, type);
}

std::vector<std::byte> from_floats(std::span<const float> values, const TensorInfo& info) {
  const ir::TensorType type = tensor_type(info);
  check(values.size(), static_cast<size_t>(ir::count(type.shape)), "values", info);
  return ir::from_floats(values, type);
}

}  // namespace nnstretch

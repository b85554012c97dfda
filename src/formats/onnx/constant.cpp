// Constants of an .onnx file: their numbers stand in raw bytes or in one of four lists.
#include <fmt/format.h>

#include <cstring>

#include "base/error.h"
#include "formats/onnx/file.h"

namespace nnstretch::onnx {
namespace {

using schema::TensorProto;
using Bytes = std::vector<std::byte>;

[[noreturn]] void refuse(std::string what, const TensorProto& tensor, std::string fix = {}) {
  throw FormatError({.what = std::move(what),
                     .where = fmt::format("constant '{}'", tensor.name()),
                     .fix = std::move(fix)});
}

DType dtype_of(const TensorProto& tensor) {
  switch (tensor.data_type()) {
    case TensorProto::FLOAT:
      return DType::f32;
    case TensorProto::UINT8:
      return DType::u8;
    case TensorProto::INT8:
      return DType::i8;
    case TensorProto::INT32:
      return DType::i32;
    case TensorProto::INT64:
      return DType::i64;
    case TensorProto::BOOL:
      return DType::boolean;
    case TensorProto::DOUBLE:
      return DType::f64;
    default:
      refuse(fmt::format("element type {} is not read", tensor.data_type()), tensor);
  }
}

// Elements of a list, each as the file's type; a number that the type does not hold is cut.
template <class T>
Bytes narrowed(const auto& list) {
  Bytes bytes;
  bytes.reserve(sizeof(T) * static_cast<size_t>(list.size()));
  for (const auto element : list) {
    const T value = static_cast<T>(element);
    const auto* begin = reinterpret_cast<const std::byte*>(&value);
    bytes.insert(bytes.end(), begin, begin + sizeof value);
  }
  return bytes;
}

Bytes elements(const TensorProto& tensor, DType type) {
  if (tensor.has_raw_data()) {
    const auto* begin = reinterpret_cast<const std::byte*>(tensor.raw_data().data());
    return {begin, begin + tensor.raw_data().size()};
  }
  switch (type) {
    case DType::f32:
      return narrowed<float>(tensor.float_data());
    case DType::f64:
      return narrowed<double>(tensor.double_data());
    case DType::i64:
      return narrowed<int64_t>(tensor.int64_data());
    case DType::i32:
      return narrowed<int32_t>(tensor.int32_data());
    default:
      return narrowed<uint8_t>(tensor.int32_data());
  }
}

}  // namespace

Constant constant_of(const TensorProto& tensor) {
  constexpr int kMostDimensions = 8;
  if (tensor.data_location() == TensorProto::EXTERNAL || tensor.external_data_size())
    refuse("its numbers are in another file", tensor, "save the network as one file");
  if (tensor.dims_size() > kMostDimensions)
    refuse(fmt::format("it has {} dimensions", tensor.dims_size()), tensor);
  Constant out{.dtype = dtype_of(tensor), .shape = {}, .bytes = {}, .scales = {}};
  Bytes bytes = elements(tensor, out.dtype);
  const auto stored = static_cast<int64_t>(bytes.size() / size_of(out.dtype));
  int64_t count = 1;
  for (const int64_t size : tensor.dims()) {
    out.shape.push_back(size);
    if (size < 0 || (size > 0 && count > stored / size))
      refuse(fmt::format("{} numbers for the shape {}", stored, ir::to_string(out.shape)), tensor);
    count *= size;
  }
  if (static_cast<size_t>(count) * size_of(out.dtype) != bytes.size())
    refuse(fmt::format("{} bytes for the shape {}", bytes.size(), ir::to_string(out.shape)),
           tensor);
  out.bytes = std::make_shared<const Bytes>(std::move(bytes));
  return out;
}

}  // namespace nnstretch::onnx

#include "ir/weight_store.h"

#include <fmt/format.h>

#include <cstring>

#include "base/error.h"

namespace nnstretch::ir {
namespace {

template <class T>
constexpr DType dtype_of() {
  if constexpr (std::is_same_v<T, float>) return DType::f32;
  if constexpr (std::is_same_v<T, double>) return DType::f64;
  if constexpr (std::is_same_v<T, int8_t>) return DType::i8;
  if constexpr (std::is_same_v<T, int32_t>) return DType::i32;
  if constexpr (std::is_same_v<T, int64_t>) return DType::i64;
}

}  // namespace

template <class T>
std::span<const T> Tensor::as() const {
  if (dtype != dtype_of<T>())
    throw FormatError({.what = fmt::format("a tensor holds {}, {} was expected", name_of(dtype),
                                           name_of(dtype_of<T>()))});
  return {reinterpret_cast<const T*>(bytes->data()), bytes->size() / sizeof(T)};
}

template <class T>
Tensor make_tensor(Shape shape, std::span<const T> values, std::vector<float> scales) {
  auto bytes = std::make_shared<std::vector<std::byte>>(values.size_bytes());
  if (!values.empty()) std::memcpy(bytes->data(), values.data(), values.size_bytes());
  return {dtype_of<T>(), std::move(shape), std::move(bytes), std::move(scales)};
}

#define NNSTRETCH_ELEMENT(T)                         \
  template std::span<const T> Tensor::as<T>() const; \
  template Tensor make_tensor<T>(Shape, std::span<const T>, std::vector<float>);
NNSTRETCH_ELEMENT(float)
NNSTRETCH_ELEMENT(double)
NNSTRETCH_ELEMENT(int8_t)
NNSTRETCH_ELEMENT(int32_t)
NNSTRETCH_ELEMENT(int64_t)
#undef NNSTRETCH_ELEMENT

const Tensor& WeightStore::at(std::string_view name) const {
  if (const Tensor* tensor = find(name)) return *tensor;
  throw ShapeError({.what = "the weights have no such tensor", .where = std::string(name)});
}

const Tensor* WeightStore::find(std::string_view name) const {
  const auto found = tensors_.find(name);
  return found == tensors_.end() ? nullptr : &found->second;
}

void WeightStore::set(std::string name, Tensor tensor) {
  tensors_.insert_or_assign(std::move(name), std::move(tensor));
}

void WeightStore::erase(std::string_view name) {
  if (const auto found = tensors_.find(name); found != tensors_.end()) tensors_.erase(found);
}

}  // namespace nnstretch::ir

#include "ir/numbers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace nnstretch::ir {
namespace {

template <class T>
std::optional<OddNumber> first_not_finite(const Tensor& tensor) {
  const auto values = tensor.as<T>();
  const auto odd = std::ranges::find_if(values, [](T value) { return !std::isfinite(value); });
  if (odd == values.end()) return {};
  return OddNumber{place_of(static_cast<size_t>(odd - values.begin()), tensor.shape), double{*odd}};
}

}  // namespace

bool is_scale(float scale) {
  return scale > 0 && std::isnormal(scale) && scale <= std::numeric_limits<float>::max() / 256;
}

std::optional<OddNumber> not_finite(const Tensor& tensor) {
  if (tensor.dtype == DType::f32) return first_not_finite<float>(tensor);
  if (tensor.dtype == DType::f64) return first_not_finite<double>(tensor);
  return {};
}

std::string place_of(size_t index, const Shape& shape) {
  Shape at(shape.size());
  for (size_t i = shape.size(); i-- > 0;) {
    at[i] = static_cast<int64_t>(index) % shape[i];
    index /= static_cast<size_t>(shape[i]);
  }
  return fmt::format("element [{}]", fmt::join(at, ", "));
}

}  // namespace nnstretch::ir

#include "ir/tensor_type.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace nnstretch::ir {

int64_t count(const Shape& shape) {
  int64_t product = 1;
  for (const int64_t size : shape) product *= size;
  return product;
}

std::string to_string(const Shape& shape) { return fmt::format("{}", fmt::join(shape, "x")); }

std::string to_string(const TensorType& type) {
  if (!type.quant) return fmt::format("{}[{}]", name_of(type.dtype), to_string(type.shape));
  return fmt::format("{}[{} scale {} zero {}]", name_of(type.dtype), to_string(type.shape),
                     type.quant->scale, type.quant->zero_point);
}

}  // namespace nnstretch::ir

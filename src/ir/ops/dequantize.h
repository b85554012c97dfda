// From int8 or uint8 to float.
#pragma once
#include "ir/ops/kernel.h"

namespace nnstretch::ir {

struct Dequantize {
  static constexpr std::string_view kName = "dequantize";
  void fields([[maybe_unused]] auto&& f) {}
};

Shape infer(const Dequantize& op, std::span<const Shape> in);
std::vector<Shape> weight_shapes(const Dequantize& op, std::span<const Shape> in);
Cost cost(const Dequantize& op, std::span<const Shape> in, const Shape& out);
void reference(const Dequantize& op, std::span<const View> in, std::span<const View> weights,
               MutView out);

}  // namespace nnstretch::ir

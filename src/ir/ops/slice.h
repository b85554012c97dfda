// A run of elements along one axis.
#pragma once
#include "ir/ops/kernel.h"

namespace nnstretch::ir {

struct Slice {
  int axis = 3;
  int begin = 0;
  int size = 0;

  static constexpr std::string_view kName = "slice";
  void fields([[maybe_unused]] auto&& f) { f("axis", axis), f("begin", begin), f("size", size); }
};

Shape infer(const Slice& op, std::span<const Shape> in);
std::vector<Shape> weight_shapes(const Slice& op, std::span<const Shape> in);
Cost cost(const Slice& op, std::span<const Shape> in, const Shape& out);
void reference(const Slice& op, std::span<const View> in, std::span<const View> weights,
               MutView out);

}  // namespace nnstretch::ir

// Largest element of each window; padding never wins.
#pragma once
#include "ir/ops/kernel.h"

namespace nnstretch::ir {

struct MaxPool {
  Window window;

  static constexpr std::string_view kName = "max_pool";
  void fields([[maybe_unused]] auto&& f) { f("window", window); }
};

Shape infer(const MaxPool& op, std::span<const Shape> in);
std::vector<Shape> weight_shapes(const MaxPool& op, std::span<const Shape> in);
Cost cost(const MaxPool& op, std::span<const Shape> in, const Shape& out);
void reference(const MaxPool& op, std::span<const View> in, std::span<const View> weights,
               MutView out);

}  // namespace nnstretch::ir

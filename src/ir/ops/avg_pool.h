// Average of each window; padding counts as zero, or (the usual) not at all.
#pragma once
#include "ir/ops/kernel.h"

namespace nnstretch::ir {

struct AvgPool {
  Window window;
  bool count_padding = false;

  static constexpr std::string_view kName = "avg_pool";
  void fields([[maybe_unused]] auto&& f) { f("window", window), f("count_padding", count_padding); }
};

Shape infer(const AvgPool& op, std::span<const Shape> in);
std::vector<Shape> weight_shapes(const AvgPool& op, std::span<const Shape> in);
Cost cost(const AvgPool& op, std::span<const Shape> in, const Shape& out);
void reference(const AvgPool& op, std::span<const View> in, std::span<const View> weights,
               MutView out);

}  // namespace nnstretch::ir

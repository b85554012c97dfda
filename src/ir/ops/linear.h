// Fully connected layer with bias: (N, in) to (N, out). Weights: (out, in) and (out).
#pragma once
#include "ir/ops/kernel.h"

namespace nnstretch::ir {

struct Linear {
  int out_features = 0;
  Act act = Act::none;

  static constexpr std::string_view kName = "linear";
  void fields([[maybe_unused]] auto&& f) { f("out", out_features), f("act", act); }
};

Shape infer(const Linear& op, std::span<const Shape> in);
std::vector<Shape> weight_shapes(const Linear& op, std::span<const Shape> in);
Cost cost(const Linear& op, std::span<const Shape> in, const Shape& out);
void reference(const Linear& op, std::span<const View> in, std::span<const View> weights,
               MutView out);

}  // namespace nnstretch::ir

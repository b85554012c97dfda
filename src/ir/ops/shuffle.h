// Channel shuffle: channels seen as (groups, C/groups) and transposed, as in ShuffleNet.
#pragma once
#include "ir/ops/kernel.h"

namespace nnstretch::ir {

struct Shuffle {
  int groups = 2;

  static constexpr std::string_view kName = "shuffle";
  void fields([[maybe_unused]] auto&& f) { f("groups", groups); }
};

Shape infer(const Shuffle& op, std::span<const Shape> in);
std::vector<Shape> weight_shapes(const Shuffle& op, std::span<const Shape> in);
Cost cost(const Shuffle& op, std::span<const Shape> in, const Shape& out);
void reference(const Shuffle& op, std::span<const View> in, std::span<const View> weights,
               MutView out);

}  // namespace nnstretch::ir

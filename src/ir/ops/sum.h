// What Add and Sub share: the sum of a tensor and another one or its negative.
#pragma once
#include "ir/ops/broadcast.h"

namespace nnstretch::ir {

enum class Sign { plus, minus };
void sum(const View& a, const View& b, Sign sign, Act act, MutView out);

}  // namespace nnstretch::ir

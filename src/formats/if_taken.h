// An operator handed to whoever takes operators of its kind.
#pragma once
#include <type_traits>
#include <variant>

#include "ir/ops/op.h"

namespace nnstretch::formats {

// Calls `take` with the operator if it takes such a one; whether it did. That every operator is
// taken by some file is tested with random networks of all.
template <class Take>
bool if_taken(const ir::Op& op, const Take& take) {
  return std::visit(
      [&](const auto& one) {
        constexpr bool kTaken = std::is_invocable_v<const Take&, decltype(one)>;
        if constexpr (kTaken) take(one);
        return kTaken;
      },
      op);
}

}  // namespace nnstretch::formats

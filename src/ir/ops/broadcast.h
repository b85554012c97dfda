// Element by element on two tensors, as numpy does it: shapes are aligned at their last dimension,
// and a dimension of size 1 (or one that is not there) is repeated.
#pragma once
#include <algorithm>

#include "ir/ops/kernel.h"

namespace nnstretch::ir {

// ShapeError if two sizes differ and neither is 1.
Shape broadcast(const Shape& a, const Shape& b);

// How many elements to go on in a tensor of `shape` for a step along each dimension of `out`.
std::vector<int64_t> broadcast_steps(const Shape& shape, const Shape& out);

// Calls each(i, j, k) for every element k of `out`, with the elements i of a and j of b that meet.
void for_each_pair(const Shape& a, const Shape& b, const Shape& out, const auto& each) {
  if (a == b) {
    for (int64_t k = 0; k < count(out); ++k) each(k, k, k);
    return;
  }
  const std::vector<int64_t> of_a = broadcast_steps(a, out), of_b = broadcast_steps(b, out);
  const size_t rank = out.size();
  const int64_t row = rank ? out.back() : 1;
  std::vector<int64_t> at(rank, 0);
  for (int64_t k = 0, end = count(out); k < end;) {
    int64_t i = 0, j = 0;
    for (size_t axis = 0; axis + 1 < rank; ++axis)
      i += at[axis] * of_a[axis], j += at[axis] * of_b[axis];
    for (int64_t last = 0; last < row; ++last, ++k)
      each(rank ? i + last * of_a.back() : 0, rank ? j + last * of_b.back() : 0, k);
    for (size_t axis = rank - std::min<size_t>(rank, 1); axis-- > 0;) {
      if (++at[axis] < out[axis]) break;
      at[axis] = 0;
    }
  }
}

}  // namespace nnstretch::ir

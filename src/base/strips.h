// Rows of several arrays joined, one beside another: what a concatenation along the last axis is.
// Here because it runs in every inference: this room is compiled for speed, engines' are not.
#pragma once
#include <cstddef>
#include <span>

namespace nnstretch {

// Runs of `width` bytes, one a row, without gaps.
struct Strip {
  const std::byte* data = nullptr;
  size_t width = 0;
};

// Each row of `out` is that row of every strip in turn. `shifted`: int8 becomes uint8, plus 128.
void join_strips(std::span<const Strip> strips, size_t rows, bool shifted, std::byte* out);

}  // namespace nnstretch

// How weights lie in a .tflite file and in a WeightStore, and what its two padding words mean.
#pragma once
#include <array>
#include <optional>

#include "ir/graph.h"

namespace nnstretch::tflite {

// Elements of a four-dimensional array in another order of dimensions: `to[i] = from[order[i]]`.
struct Order {
  std::array<int, 4> dims;
};
inline constexpr Order kConvToFile = {{0, 2, 3, 1}};  // (out,in,h,w) to (out,h,w,in)
inline constexpr Order kConvFromFile = {{0, 3, 1, 2}};
inline constexpr Order kDepthwiseToFile = {{1, 2, 3, 0}};  // (out,1,h,w) to (1,h,w,out)
inline constexpr Order kDepthwiseFromFile = {{3, 0, 1, 2}};

ir::Shape permute(const ir::Shape& shape, const Order& order);
// The bytes of a tensor of `shape`, dense, with elements of `element` bytes (1 or 4).
std::vector<std::byte> permute(std::span<const std::byte> bytes, const ir::Shape& shape,
                               size_t element, const Order& order);

// The padding that SAME means for a window (its pads are not looked at) over `height` x `width`:
// the output has ceil(size / stride) positions, and an odd element goes below and to the right.
ir::Pads same_pads(const ir::Window& window, int64_t height, int64_t width);

// Whether zeros around this value (for int8: its zero point) lose in a max pool, as padding must.
bool zero_never_wins(const ir::Node& value);

}  // namespace nnstretch::tflite

// How a model's parameter is filled from the part's inputs. The fast int8 kernels of x86 multiply
// unsigned activations by signed weights. A part that took int8 would convert them first, and join
// the branches of a meeting point before that: two kernels over the whole tensor. Joining and
// shifting in one pass of our own costs a fifth of it.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

namespace nnstretch::engines::openvino {

struct Feed {
  std::vector<size_t> inputs;  // of the graph, joined along their last axis
  bool shifted = false;        // int8 plus 128: the parameter is uint8

  // The parameter may use the input's memory itself.
  bool direct() const { return inputs.size() == 1 && !shifted; }
  bool operator==(const Feed&) const = default;
};

// `rows` runs of `width` bytes, each run of `out` made of one run of every piece in turn.
struct Piece {
  const std::byte* data = nullptr;
  size_t width = 0;  // bytes
};
void join(std::span<const Piece> pieces, size_t rows, bool shifted, std::byte* out);

}  // namespace nnstretch::engines::openvino

// How the compiled model is connected to the buffers of its part. The fast int8 kernels of x86
// multiply unsigned activations by signed weights. A part that took int8 would convert them first,
// and join the branches of a meeting point before that: two kernels over the whole tensor. Joining
// and shifting in one pass of our own (base/strips.h) costs a fifth of it.
#pragma once
#include <cstddef>
#include <vector>

namespace nnstretch::engines::openvino {

struct Feed {
  std::vector<size_t> inputs;  // of the part, joined along their last axis
  bool shifted = false;        // int8 plus 128, which makes it uint8

  // It is the memory of an input as it stands.
  bool direct() const { return inputs.size() == 1 && !shifted; }
  bool operator==(const Feed&) const = default;
};

struct Wiring {
  struct Copy {
    size_t output;  // of the part
    Feed from;
  };
  std::vector<Feed> parameters;  // of the model, in order
  std::vector<size_t> results;   // of the model, in order: which output of the part it is
  std::vector<Copy> copies;      // outputs that are inputs, joined at most
  bool joins_all = true;         // no operator of the model joins an input of the part
};

}  // namespace nnstretch::engines::openvino

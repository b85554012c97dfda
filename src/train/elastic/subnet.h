// A network inside an elastic one. It is an ordinary graph, and its parameters are slices of the
// elastic one's: the first channels of every layer, the first blocks of every branch. So whatever
// runs networks runs sub-networks, and what they learn the elastic one learns.
//     const Subnet subnet(nets::build(own, 32), supernet_graph, /*align=*/true);
//     Tensor logits = subnet.network().forward(subnet.view(supernet), images, {.training = true});
//     logits.sum().backward();              // gradients stand in the supernet's parameters
#pragma once
#include <vector>

#include "nets/elastic_channels.h"
#include "train/interpreter.h"

namespace nnstretch::train {

class Subnet {
 public:
  // With `align` a branch keeps its own input columns in the next stage, however wide its neighbour
  // is; otherwise the concatenation reads the first columns, as in the original. ShapeError naming
  // the weight or node: the elastic network has no such weight or a smaller one, or (align) a layer
  // mixes channels of several branches by their number.
  Subnet(const ir::Graph& graph, const ir::Graph& supernet, bool align);

  const Interpreter& network() const { return network_; }
  // A state of the sub-network's graph on the supernet's numbers: parameters are views or, where
  // columns of several branches meet, copies through which gradients flow. Statistics are its own
  // and new, 0 and 1: the supernet's are of other widths.
  State view(const State& supernet) const;

 private:
  struct Slice {
    std::string name;
    Kind kind = Kind::parameter;
    ir::Shape shape;
    size_t index = 0;               // in the supernet's state
    std::vector<nets::Parts> axes;  // of a parameter
  };
  Interpreter network_;
  std::vector<Slice> slices_;  // in the order of the sub-network's state
};

}  // namespace nnstretch::train

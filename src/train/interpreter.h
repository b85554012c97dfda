// A float graph run by libtorch, so that gradients come for free: the blocks that are trained are
// those that are timed.
//     Interpreter network(graph);
//     Tensor logits = network.forward(state, images, {.training = true});
#pragma once
#include <vector>

#include "ir/graph.h"
#include "train/state.h"

namespace nnstretch::train {

struct Mode {
  bool training = false;  // batch norms, unless frozen, use and learn the batch's statistics
  double momentum = 0.1;  // weight of the new batch in what they learn
  bool mixed = false;     // in bfloat16 where a GPU has it; logits are float all the same
};

class Interpreter {
 public:
  // ShapeError naming the node: one that has no gradient here (int8), or more than one input.
  explicit Interpreter(const ir::Graph& graph);
  // Images (N,3,H,W) of any N to logits (N,classes). `state` is one of the graph's; its statistics
  // change in training. Values are freed after their last reader.
  Tensor forward(const State& state, Tensor images, Mode mode) const;

 private:
  struct Step {
    ir::Op op;
    std::vector<size_t> inputs;   // values
    std::vector<size_t> weights;  // entries of a State, as the node lists them
    std::vector<size_t> dead;     // values that nobody reads from here on
    bool in_place = false;        // may overwrite its input
  };
  Tensor run(const Step& step, const std::vector<Tensor>& values, const State& state,
             Mode mode) const;

  std::vector<Step> steps_;  // step i computes value i
  size_t output_ = 0;
};

}  // namespace nnstretch::train

// SGD (Nesterov), Adam and AdamW on groups of parameters, as torch.optim computes them.
//     Optimizer optimizer(config, model);
//     loss.backward();
//     optimizer.step(model, learning_rate(config, epoch));
#pragma once
#include <map>
#include <string>
#include <vector>

#include "config/config.h"
#include "train/state.h"

namespace nnstretch::train {

// Parameters that share a weight decay, as entries of the state.
struct Group {
  double weight_decay = 0;
  std::vector<size_t> parameters;
};

// By what stands in the parameter's name, the first that fits: "bn", "ln", "bias", anything; groups
// without parameters are left out. A batch norm that is not called "bn" is none here, as in pycls:
// checkpoints count parameters in this order.
std::vector<Group> parameter_groups(const State& state, const config::Config& config);

// Scales all gradients alike, if together they are longer than `most` (L2), as torch's
// clip_grad_norm_ does.
void clip_gradients(const State& state, double most);

class Optimizer {
 public:
  // Numbers kept for one parameter: "momentum_buffer", or "exp_avg", "exp_avg_sq" and "step".
  using Memory = std::map<std::string, Tensor>;

  // ConfigError: an OPTIMIZER that is not known.
  Optimizer(const config::Config& config, const State& state);
  // One step against the gradients, which stay. A parameter without one is left alone; the rate of
  // the head's is OPTIM.HEAD_LR_MULT times this.
  void step(const State& state, double learning_rate);

  // What this method keeps for a parameter that it has moved.
  std::vector<std::string> memory_names() const;
  const std::vector<Group>& groups() const { return groups_; }
  // In the order of the groups and their parameters.
  std::vector<Memory>& memories() { return memories_; }
  const std::vector<Memory>& memories() const { return memories_; }

 private:
  void descend(Tensor value, const Tensor& gradient, Memory& memory, double rate);
  void adapt(Tensor value, const Tensor& gradient, Memory& memory, double rate);

  enum class Method { sgd, adam, adamw };
  config::Optim options_;
  Method method_ = Method::sgd;
  std::vector<Group> groups_;
  std::vector<Memory> memories_;
};

}  // namespace nnstretch::train

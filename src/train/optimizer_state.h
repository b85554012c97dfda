// An optimiser's memory as torch.optim's state_dict() has it, so that either side can go on where
// the other one stopped.
#pragma once
#include "train/optimizer.h"
#include "weights/torch_value.h"

namespace nnstretch::train {

// {"state": {index: {"momentum_buffer": tensor}}, "param_groups": [{"lr": ..., "params": [...]}]};
// parameters are counted through the groups.
weights::TorchValue to_optimizer_state(const Optimizer& optimizer, const config::Config& config,
                                       int epoch);

// FormatError naming the file: groups or tensors of another network or optimiser; then `optimizer`
// is as it was.
void restore_optimizer(Optimizer& optimizer, const State& state, const weights::TorchValue& saved,
                       const std::string& where);

}  // namespace nnstretch::train

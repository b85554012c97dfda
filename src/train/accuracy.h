// How often a network is right, as it is run: the plan of a model file on this machine.
#pragma once
#include <functional>
#include <string>

#include "data/batch.h"
#include "measure/remarks.h"
#include "plan/placing.h"
#include "train/learner.h"

namespace nnstretch::train {

struct RunAccuracy {
  Score score;
  std::string computed_as;  // "int8", "f32"; "bf16, int8" where processors differ
  measure::Remarks remarks;
  std::vector<std::string> processors;  // "core0 (cpu, auto, stand-in)" in the plan's order
};

// Every picture through the network, one at a time, on the processors and by the engines that bench
// and run would use. ShapeError: pictures of another size or more classes than the network's.
RunAccuracy score_as_run(const ir::Model& model, const plan::Placing& placing,
                         const plan::Surroundings& here, data::Batches& pictures,
                         const std::function<void(const Score&)>& on_batch = {});

}  // namespace nnstretch::train

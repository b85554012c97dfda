// What a step takes on this machine, found out before anything is learnt: pycls' timing pass
// (PREC_TIME), with its names in the log.
//     const auto times = time_steps(network, model, layout, config, lanes, /*all=*/1, true);
//     log.stats("iter_times", fields_of(times, 1, 1));
#pragma once
#include <memory>
#include <span>

#include "data/batch.h"
#include "train/interpreter.h"
#include "train/log.h"

namespace nnstretch::train {

// Seconds of a step of this process, means over PREC_TIME.NUM_ITER of them.
struct StepTimes {
  double test_forward = 0, train_forward = 0, train_backward = 0, load = 0;
};

// Tests on zeros, training on random images of class 0, and batches as they are loaded; of a
// process with these lanes among `all`. The model is copied and stays as it is; lanes are left in
// the middle of epoch 0. `show`: progress on stderr.
StepTimes time_steps(const Interpreter& network, const State& model, Layout layout,
                     const config::Config& config,
                     std::span<const std::unique_ptr<data::Batches>> lanes, int all, bool show);

// As pycls names them: of so many steps of training and of testing.
Fields fields_of(const StepTimes& times, size_t training, size_t testing);

}  // namespace nnstretch::train

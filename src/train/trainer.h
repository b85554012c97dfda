// A whole training: epochs of steps, precise statistics, tests and checkpoints, as the
// configuration says. The order is that of pycls: train, precise statistics, test the model, test
// the average, save. Of an elastic network (ELASTIC) the largest is what is tested and saved, in an
// ordinary checkpoint; the others learn in it.
#pragma once
#include <filesystem>
#include <functional>
#include <memory>

#include "train/checkpoint.h"
#include "train/datasets.h"

namespace nnstretch::train {

struct TrainJob {
  config::Config config;
  Layout layout = Layout::channels_last;
  int virtual_ranks = 1;                        // lanes of this process
  std::shared_ptr<Ranks> ranks;                 // null: alone
  std::shared_ptr<const Teacher> teacher = {};  // null: labels only
  // The batches of one of `lanes` equal shares.
  std::function<std::unique_ptr<data::Batches>(Use use, int lane, int lanes)> batches;
};

// The network whose checkpoint TRAIN.TEACHER is; null without TRAIN.DISTILL. It is built from the
// configuration inside the checkpoint; where there is none it is the network that is trained.
// ConfigError: it has other classes, or was trained on pictures in another order of channels.
std::shared_ptr<const Teacher> teacher_of(const config::Config& config, const Distillation& how);

// Goes on from the newest checkpoint of OUT_DIR (TRAIN.AUTO_RESUME), else from TRAIN.WEIGHTS, else
// from new weights. Returns the errors of the last epoch. Only the first rank writes and logs.
// Nothing in OUT_DIR but the log is changed by a training that cannot begin. ConfigError: the
// newest checkpoint was trained on pictures prepared otherwise; FormatError: what is in OUT_DIR is
// of another network; TrainError: ranks do not begin alike, or lost each other. Stopped
// (train/stop.h): asked to stop, this process or another rank, after a checkpoint was written.
Errors train(const TrainJob& job);

}  // namespace nnstretch::train

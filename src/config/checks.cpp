#include "config/checks.h"

#include <fmt/format.h>

#include "config/complaints.h"

namespace nnstretch::config {
namespace {

void positive(const Config& config, std::string_view key, int value) {
  if (value < 1) fail(config, key, fmt::format("is {}", value), "write 1 or more");
}

void dealt_evenly(const Config& config, std::string_view key, int batch) {
  positive(config, key, batch);
  if (batch % config.num_gpus != 0)
    fail(config, key, fmt::format("{} does not divide by NUM_GPUS {}", batch, config.num_gpus),
         "every GPU must get the same number of images");
}

void first_step_is_zero(const Config& config) {
  const List& steps = config.optim.steps;
  if (steps.empty() || steps[0] == Value(0) || steps[0] == Value(0.0)) return;
  fail(config, "OPTIM.STEPS", fmt::format("begins with {}", to_yaml(steps[0])),
       "the first step must be 0");
}

}  // namespace

void check_merged(const Config& config) {
  first_step_is_zero(config);
  one_of(config, "TRAIN.SPLIT", config.train.split, {"train", "val", "test"});
  one_of(config, "TEST.SPLIT", config.test.split, {"train", "val", "test"});
  positive(config, "NUM_GPUS", config.num_gpus);
  positive(config, "MAX_GPUS_PER_NODE", config.max_gpus_per_node);
  dealt_evenly(config, "TRAIN.BATCH_SIZE", config.train.batch_size);
  dealt_evenly(config, "TEST.BATCH_SIZE", config.test.batch_size);
  one_of(config, "LOG_DEST", config.log_dest, {"stdout", "file"});
  one_of(config, "DATA_LOADER.COLOUR", config.data_loader.colour, {"rgb", "bgr", ""});
  if (config.num_gpus > config.max_gpus_per_node && config.num_gpus % config.max_gpus_per_node != 0)
    fail(config, "NUM_GPUS",
         fmt::format("{} is above MAX_GPUS_PER_NODE {} and no multiple of it", config.num_gpus,
                     config.max_gpus_per_node),
         "use whole nodes");
  one_of(config, "LAUNCH.MODE", config.launch.mode, {"local", "submitit_local", "slurm"});
}

}  // namespace nnstretch::config

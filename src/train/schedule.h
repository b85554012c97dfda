// How fast is learnt when: the learning rate and the moving average of an epoch.
#pragma once
#include "config/config.h"

namespace nnstretch::train {

// BASE_LR times LR_POLICY's factor of this epoch (from 0) and the warm-up's.
// ConfigError: a policy that is not known, or one whose keys make no sense.
double learning_rate(const config::Config& config, int epoch);

// What of the new numbers goes into the moving average at each of its updates; all of it while the
// learning rate warms up.
double average_share(const config::Config& config, int epoch);

}  // namespace nnstretch::train

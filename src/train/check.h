// What a configuration may not say of a training: found before a picture is read.
#pragma once
#include "config/config.h"

namespace nnstretch::train {

// ConfigError with file and line: a loss, policy or optimiser that is not known, rates and shares
// out of their range, pictures smaller than the network's stride, a regularisation that pycls has
// and we have not.
void check_training(const config::Config& config);

}  // namespace nnstretch::train

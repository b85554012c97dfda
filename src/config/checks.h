// What must hold between the values of a merged configuration.
#pragma once
#include "config/config.h"

namespace nnstretch::config {

// The checks pycls makes after merging. ConfigError names the key and where it was set.
void check_merged(const Config& config);

}  // namespace nnstretch::config

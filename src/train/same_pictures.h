// Whether two configurations show a network the same pictures.
#pragma once
#include "base/error.h"
#include "config/config.h"

namespace nnstretch::train {

// ConfigError: the order of channels differs, or what is subtracted and divided; `message` with
// both behind its `what`.
void check_same_pictures(const config::Config& before, const config::Config& now, Message message);

}  // namespace nnstretch::train

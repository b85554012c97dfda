// Whether two configurations, or a model file and a configuration, show a network the same
// pictures.
#pragma once
#include "base/error.h"
#include "config/config.h"
#include "image/preprocess.h"

namespace nnstretch::train {

// ConfigError: the order of channels differs, or what is subtracted and divided; `message` with
// both behind its `what`.
void check_same_pictures(const config::Config& before, const config::Config& now, Message message);
// The same of a model file, which says what it was made for; its size and crop count, too.
void check_same_pictures(const image::Preprocess& file, const image::Preprocess& now,
                         Message message);

}  // namespace nnstretch::train

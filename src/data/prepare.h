// What the network sees of a data set, as one array: to look at, and to compare with other loaders.
#pragma once
#include <filesystem>

#include "data/loader.h"

namespace nnstretch::data {

struct PreparedSummary {
  size_t pictures = 0, skipped = 0;
  std::vector<int64_t> labels;
};

// The first pictures of an epoch as a float32 .npy file (pictures, 3, height, width).
PreparedSummary write_prepared(const Dataset& dataset, const Transform& transform,
                               const LoaderOptions& options, int epoch, size_t pictures,
                               const std::filesystem::path& path);

}  // namespace nnstretch::data

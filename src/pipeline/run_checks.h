// What `run` finds out before it does anything: a slip in one flag must not cost a finished table.
#pragma once
#include <filesystem>
#include <vector>

#include "pipeline/run_options.h"

namespace nnstretch::pipeline {

// Every argument, the files it names and the engine. An argument that concerns networks (weights,
// blocks, KEY VALUE pairs, processors) is wrong if it fits none of `files`; what is wrong with one
// of them is told when its turn comes. UsageError for wrong arguments and missing files,
// FormatError, ShapeError or ConfigError where the content of a file is wrong. Writes nothing.
void check_arguments(const RunOptions& options, const std::vector<std::filesystem::path>& files,
                     const plan::Surroundings& here);

// Makes the folders that are written to. UsageError if one cannot be made or written; then none is.
void make_folders(const RunOptions& options);

// ConfigError if made-up weights would have to do and may not.
void require_real_weights(const config::Config& config, const RunOptions& options);

}  // namespace nnstretch::pipeline

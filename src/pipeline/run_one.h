// The engines' part of the main job: one configuration to its record. No table is touched, so that
// it may be done in a process of its own, which an engine may end.
#pragma once
#include <filesystem>
#include <string>

#include "pipeline/run_options.h"

namespace nnstretch::pipeline {

// Of the bytes of a file: equal for equal models. IoError.
std::string model_digest(const std::filesystem::path& file);

// Builds the int8 file unless it is there, times what the file holds, and checks that against
// float. Errors of the configuration, the weights, the engines.
report::Record run_one(const OneRun& one, const RunOptions& options, const plan::Surroundings& here,
                       const OnStep& say);

}  // namespace nnstretch::pipeline

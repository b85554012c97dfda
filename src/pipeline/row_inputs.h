// Everything that a model file, and then a row, is made from: while it is the same, the row need
// not be measured again.
#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "config/config.h"
#include "pipeline/run_options.h"

namespace nnstretch::pipeline {

// By name, as people read it: {"engines": "openvino 2026.4.1", "configuration": "3f2a1bc9"}.
struct NamedInputs {
  std::map<std::string, std::string> named;

  std::string key() const;  // equal for equal inputs
  // "engines: openvino 2026.4.1 -> openvino 2026.5.0", the first that differs; empty if none does
  // or nothing is known of those `before`.
  std::string difference_to(const std::map<std::string, std::string>& before) const;
};

struct RowInputs {
  NamedInputs model, row;  // the row's hold the model's
};

// IoError for a file that cannot be read.
RowInputs inputs_of(const std::filesystem::path& cfg, const config::Config& config,
                    const RunOptions& options, const plan::Surroundings& here);

}  // namespace nnstretch::pipeline

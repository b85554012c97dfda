// What a number was measured with: without it nobody can repeat it.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "engines/engine.h"
#include "measure/machine_state.h"

namespace nnstretch::pipeline {

using Json = nlohmann::ordered_json;

// Clock, governor and temperature; null where the system does not tell.
Json to_json(const measure::MachineState& state);

// Of the library that is loaded; null if it is not installed.
Json version_of(const engines::Engine& engine);

// Program version and commit (with "-dirty" if files had changed), engines, processor, cores,
// kernel, load, time, clocks and temperature.
Json context();

// "0.1.0 (3f2a1bc-dirty)"
std::string program_version();

}  // namespace nnstretch::pipeline

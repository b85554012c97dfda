// What a number was measured with: without it nobody can repeat it.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

namespace nnstretch::pipeline {

using Json = nlohmann::ordered_json;

// Program version and commit (with "-dirty" if files had changed), engines, processor, cores,
// kernel, load, time, clocks and temperature.
Json context();

// "0.1.0 (3f2a1bc-dirty)"
std::string program_version();

}  // namespace nnstretch::pipeline

// The surroundings of this library's own calls, which carry none.
#pragma once
#include "plan/surroundings.h"

namespace nnstretch::api {

// The cores that the process may use now, and the one list of engines of all calls, made by the
// first.
plan::Surroundings here();
// For the list; UsageError once it is made.
void look_for_libraries_in(const std::filesystem::path& folder);

}  // namespace nnstretch::api

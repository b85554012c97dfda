// Where the libraries of engines come from.
#pragma once
#include <filesystem>

namespace nnstretch {

// Libraries that an engine opens by name (those of qnn) are looked for below `folder`, as
// scripts/setup of nnstretch unpacks them. Without this call: below $NNSTRETCH_DEPS, else beside
// the modules of the engines, which are where libnnstretch_modules.so is. Nothing else is ever
// opened. Call it before anything else of nnstretch.
void look_for_engines_in(const std::filesystem::path& folder);

}  // namespace nnstretch

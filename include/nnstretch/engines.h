// Where the libraries of engines come from.
#pragma once
#include <filesystem>

namespace nnstretch {

// Engines that are not linked but opened when they are first asked for (qnn) are looked for below
// `folder`, as scripts/setup of nnstretch unpacks them. Without this call: below $NNSTRETCH_DEPS,
// else beside the engines that are linked. Nothing else is ever opened. Call it before anything
// else of nnstretch.
void look_for_engines_in(const std::filesystem::path& folder);

}  // namespace nnstretch

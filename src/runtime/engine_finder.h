// How the runtime comes to an engine: by name, through a function, so that tests can bring their
// own.
#pragma once
#include <functional>
#include <string_view>

#include "engines/list.h"

namespace nnstretch::runtime {

// EngineError if there is no engine of that name. The engine outlives everything made with it.
using EngineFinder = std::function<const engines::Engine&(std::string_view name)>;

}  // namespace nnstretch::runtime

// The engines of this build, one line each in list.cpp.
#pragma once
#include <memory>
#include <string_view>
#include <vector>

#include "engines/engine.h"

namespace nnstretch::engines {

using Engines = std::vector<std::shared_ptr<const Engine>>;

// Every engine of this build, `auto` not among them.
const Engines& all_engines();
// By name, `auto` too; EngineError listing the names if there is none.
const Engine& find_engine(std::string_view name);

}  // namespace nnstretch::engines

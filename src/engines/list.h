// The engines that this program knows, one line each in list.cpp.
#pragma once
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "engines/engine.h"

namespace nnstretch::engines {

using Engines = std::vector<std::shared_ptr<const Engine>>;

// Every engine, `auto` not among them; one that was left out of the build says so as its device.
// Where an engine stands here is where it is shown, and means nothing else.
const Engines& all_engines();
// Whether an engine, `auto` too, was not left out of the build. Opens none.
bool is_built(std::string_view name);
// By name, `auto` too; EngineError listing the names if there is none.
const Engine& find_engine(std::string_view name);
// The first of these that can use the CPU; says so, once, if it is not the first of all.
// EngineError with the reasons if none can.
const Engine& find_usable(std::span<const std::string_view> names);

// How whoever plans and runs comes to an engine; tests bring their own. EngineError if there is no
// engine of that name. The engine outlives everything made with it.
using EngineFinder = std::function<const Engine&(std::string_view name)>;

}  // namespace nnstretch::engines

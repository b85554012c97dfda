// Where the time of each part goes, operator by operator, as the engines' own counters tell it.
#pragma once
#include <vector>

#include "engines/engine.h"
#include "runtime/compiled_plan.h"

namespace nnstretch::measure {

// Of each part of a plan its operators in the order of execution: minima over `runs`. The parts are
// compiled once more, with counters, and run one after another, each alone on its cores; counting
// makes them slower. Empty for parts of engines that do not tell.
using OperatorTimes = std::vector<std::vector<engines::OpTime>>;
OperatorTimes time_operators(const runtime::CompiledPlan& plan, int runs = 20);

}  // namespace nnstretch::measure

// Networks timed in turns, so that a disturbance hits all alike. Unlike a race
// (measure/plan_race.h) it leaves none out.
//     const std::vector<double> us = time_in_turns({searched, plain}, 20);
#pragma once
#include <memory>
#include <vector>

#include "runtime/compiled_plan.h"

namespace nnstretch::measure {

// Of each plan the least latency of so many rounds, in microseconds. All inputs are zeros.
// EngineError as Session::run().
std::vector<double> time_in_turns(
    const std::vector<std::shared_ptr<const runtime::CompiledPlan>>& plans, int rounds);

}  // namespace nnstretch::measure

// A measurement's figures in the result: of the plan and its parts, of the runs.
#pragma once
#include "measure/latency.h"
#include "measure/result.h"
#include "runtime/compiled_plan.h"

namespace nnstretch::measure {

// Processors, parts, and what compiling them took.
void add_plan(Result& result, const runtime::CompiledPlan& compiled, const Measurement& measured);
// Latency, meeting points, bound; of a measurement with its timelines.
// `keep_timelines`: all of them, for a trace.
void add_runs(Result& result, Measurement measured, bool keep_timelines);

}  // namespace nnstretch::measure

// Runs as a Chrome/Perfetto trace (chrome://tracing, ui.perfetto.dev): one track a processor, one
// slice a part with stage, branch and engine, arrows where a value goes to another processor, and a
// counter of how many processors compute.
#pragma once
#include <span>
#include <string>

#include "runtime/compiled_plan.h"
#include "runtime/timeline.h"

namespace nnstretch::runtime {

// JSON text; the runs one after another on one time axis that begins with the first.
std::string trace_json(const CompiledPlan& plan, std::span<const Timeline> runs);

}  // namespace nnstretch::runtime

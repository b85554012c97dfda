// What must be said beside every number that a plan gives: fallbacks, stand-ins, the rest of its
// notes.
#pragma once
#include "pipeline/context.h"
#include "runtime/compiled_plan.h"

namespace nnstretch::pipeline {

// Notes on standard error; warnings for fallbacks, also of those that happened while it ran.
void tell_remarks(const runtime::CompiledPlan& plan);
// The same as {"plan_hash", "stand_ins", "fallbacks", "notes"}.
Json remarks(const runtime::CompiledPlan& plan);

}  // namespace nnstretch::pipeline

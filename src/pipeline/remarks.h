// What must be said beside every number that a plan gives: fallbacks, stand-ins, the rest of its
// notes.
#pragma once
#include "pipeline/context.h"
#include "runtime/compiled_plan.h"

namespace nnstretch::pipeline {

// Warnings for parts that did not run where they should, also of those that moved while it ran.
void tell_fallbacks(const runtime::CompiledPlan& plan);
// Those and the notes, on standard error.
void tell_remarks(const runtime::CompiledPlan& plan);
// The same as {"plan_hash", "stand_ins", "fallbacks", "notes"}.
Json remarks(const runtime::CompiledPlan& plan);

}  // namespace nnstretch::pipeline

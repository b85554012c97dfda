// What must be said beside every number that a plan gives: which plan it was, stand-ins, fallbacks,
// notes.
#pragma once
#include <string>
#include <vector>

#include "runtime/compiled_plan.h"

namespace nnstretch::measure {

struct Remarks {
  std::string plan_hash = {};               // CompiledPlan::hash()
  std::string plan_kind = "parts";          // parts as the roles say, or the whole network as one
  std::vector<std::string> stand_ins = {};  // processors
  std::vector<plan::Fallback> fallbacks = {};
  std::vector<std::string> notes = {};
};

// As it stands now: parts move while a plan runs.
Remarks remarks_of(const runtime::CompiledPlan& plan);
// Warnings for parts that did not run where they should, on standard error; and the notes.
void tell_fallbacks(const Remarks& remarks);
void tell_notes(const Remarks& remarks);
void tell(const Remarks& remarks);

}  // namespace nnstretch::measure

#include "measure/remarks.h"

#include "base/log.h"

namespace nnstretch::measure {

Remarks remarks_of(const runtime::CompiledPlan& compiled) {
  const plan::Plan& plan = compiled.plan();
  Remarks remarks{.plan_hash = compiled.hash(),
                  .plan_kind = plan.parts.size() > 1 ? "parts" : "whole",
                  .stand_ins = {},
                  .fallbacks = compiled.fallbacks(),
                  .notes = plan.notes};
  for (const auto& processor : plan.processors)
    if (processor.stand_in) remarks.stand_ins.push_back(processor.name);
  for (const auto& note : compiled.notes()) remarks.notes.push_back(note);
  return remarks;
}

void tell_fallbacks(const Remarks& remarks) {
  for (const auto& f : remarks.fallbacks) log::warn("{} ran on {}: {}", f.op, f.ran_on, f.reason);
}

void tell_notes(const Remarks& remarks) {
  for (const auto& note : remarks.notes) log::info("note: {}", note);
}

void tell(const Remarks& remarks) {
  tell_notes(remarks);
  tell_fallbacks(remarks);
}

}  // namespace nnstretch::measure

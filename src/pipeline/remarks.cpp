#include "pipeline/remarks.h"

#include "base/log.h"

namespace nnstretch::pipeline {

void tell_fallbacks(const runtime::CompiledPlan& plan) {
  for (const auto& f : plan.fallbacks()) log::warn("{} ran on {}: {}", f.op, f.ran_on, f.reason);
}

void tell_remarks(const runtime::CompiledPlan& plan) {
  for (const auto& note : plan.plan().notes) log::info("note: {}", note);
  for (const auto& note : plan.notes()) log::info("note: {}", note);
  tell_fallbacks(plan);
}

Json remarks(const runtime::CompiledPlan& plan) {
  Json json = {{"plan_hash", plan.hash()},
               {"stand_ins", Json::array()},
               {"fallbacks", Json::array()},
               {"notes", plan.plan().notes}};
  for (const auto& processor : plan.plan().processors)
    if (processor.stand_in) json["stand_ins"].push_back(processor.name);
  for (const auto& f : plan.fallbacks())
    json["fallbacks"].push_back({{"op", f.op}, {"reason", f.reason}, {"ran_on", f.ran_on}});
  for (const auto& note : plan.notes()) json["notes"].push_back(note);
  return json;
}

}  // namespace nnstretch::pipeline

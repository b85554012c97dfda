#include "api/impl.h"

namespace nnstretch {

Timeline api::describe(const runtime::Plan& plan, const runtime::Timeline& line) {
  Timeline result{.latency_us = line.latency_us, .parts = {}};
  for (size_t i = 0; i < line.parts.size(); ++i) {
    const runtime::PlanPart& part = plan.parts.at(i);
    result.parts.push_back({part.name, plan.processors.at(part.processor).name, line.parts[i].start,
                            line.parts[i].end});
  }
  return result;
}

}  // namespace nnstretch

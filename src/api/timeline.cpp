#include "api/impl.h"

namespace nnstretch {

Timeline api::describe(const plan::Plan& plan, const runtime::Timeline& line,
                       const std::function<size_t(size_t part)>& processor) {
  Timeline result{.latency_us = line.latency_us, .parts = {}};
  for (size_t i = 0; i < line.parts.size(); ++i)
    result.parts.push_back({plan.parts.at(i).name, plan.processors.at(processor(i)).name,
                            line.parts[i].start, line.parts[i].end});
  return result;
}

}  // namespace nnstretch

#include "runtime/timeline.h"

#include <algorithm>

namespace nnstretch::runtime {

double wait_for(const Timeline& timeline, size_t part, size_t on) {
  return std::max(0.0, timeline.parts.at(on).end - timeline.parts.at(part).free);
}

}  // namespace nnstretch::runtime

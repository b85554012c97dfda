#include "measure/in_turns.h"

#include <algorithm>
#include <deque>
#include <limits>

#include "measure/threads_asleep.h"
#include "runtime/session.h"

namespace nnstretch::measure {

std::vector<double> time_in_turns(
    const std::vector<std::shared_ptr<const runtime::CompiledPlan>>& plans, int rounds) {
  std::deque<runtime::Session> sessions;
  for (const auto& plan : plans) {
    sessions.emplace_back(plan);
    sessions.back().run();  // allocates
  }
  std::vector<double> least(plans.size(), std::numeric_limits<double>::infinity());
  for (int round = 0; round < rounds; ++round)
    for (size_t turn = 0; turn < plans.size(); ++turn) {
      const size_t i = (turn + static_cast<size_t>(round)) % plans.size();
      sessions[i].run();  // brings code and weights back into the caches
      sessions[i].run();
      least[i] = std::min(least[i], sessions[i].timeline().latency_us);
      let_threads_sleep();
    }
  return least;
}

}  // namespace nnstretch::measure

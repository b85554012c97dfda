// Plans of one network timed in turns, so that a disturbance hits all alike.
//     const RaceResult result = race(entrants, 40);
//     if (result.doubt.empty()) use(result.standings[0].candidate);
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "plan/candidates.h"
#include "runtime/compiled_plan.h"

namespace nnstretch::measure {

struct Entrant {
  std::string name;
  plan::Kind kind = plan::Kind::parts;
  std::shared_ptr<const runtime::CompiledPlan> compiled;
  std::string failure = {};  // why it is null
};

struct Standing {
  std::string candidate;
  plan::Kind kind = plan::Kind::parts;
  double min_us = 0, p50_us = 0;  // of the rounds that it took part in; 0: of none
  std::string failure = {};       // why it cannot run
};

// Rounds that say enough to be remembered, and as many as are worth their time.
inline constexpr int kFewestRounds = 6, kMostRounds = 40;

struct RaceResult {
  // Those timed to the end, the fastest first; then the others, in the order given.
  std::vector<Standing> standings;
  size_t timed = 0;        // to the end
  std::string doubt = {};  // why the first need not be the fastest
};

// All inputs are zeros. At most so many rounds of each; those without a hope are left out early. An
// engine's error costs the plan its place, and nothing else. One race a process at a time.
RaceResult race(const std::vector<Entrant>& entrants, int most_rounds);

}  // namespace nnstretch::measure

#include "measure/restarts.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.h"

namespace nnstretch::measure {

Timed joined(std::vector<Timed> each) {
  std::vector<std::vector<double>> runs;
  std::set<std::string> plans;
  std::vector<Doubt> doubts;  // of any of them, each sign once
  for (const auto& [result, answers] : each) {
    if (result.network.digest != each.front().result.network.digest)
      throw EngineError({.what = "the model file was changed while it was timed",
                         .where = result.model,
                         .fix = "run it again"});
    runs.push_back(result.runs_us);
    plans.insert(result.remarks.plan_hash);
    for (const Doubt& doubt : result.doubts)
      if (std::ranges::find(doubts, doubt.sign, &Doubt::sign) == doubts.end())
        doubts.push_back(doubt);
  }
  const auto fastest = std::ranges::min_element(
      each, {}, [](const Timed& timed) { return timed.result.latency.min; });
  Timed all = std::move(*fastest);
  all.result.restarts = std::move(runs);
  all.result.doubts = std::move(doubts);
  all.result.reliable = all.result.doubts.empty();
  if (plans.size() > 1)
    all.result.remarks.notes.push_back(
        fmt::format("{} processes ran {} different plans: an engine was chosen anew",
                    all.result.restarts.size(), plans.size()));
  return all;
}

}  // namespace nnstretch::measure

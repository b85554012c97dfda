#include "search/stage_options.h"

#include <algorithm>
#include <map>

#include "search/front.h"

namespace nnstretch::search {
namespace {

using ByOut = std::map<int, std::vector<StageOption>>;  // each list a front

StageOption joined(const StageOption& stage, const StageOption& branch, size_t slot) {
  StageOption both = stage;
  both.totals += branch.totals;
  both.totals.ns = std::max(stage.totals.ns, branch.totals.ns);
  both.out += branch.out;
  both.picks[slot] = branch.picks[slot];
  return both;
}

// Where only latency and work count a front is a staircase: for each latency that one of both has
// the most work that each does in it.
void join_stairs(const std::vector<StageOption>& stages, const std::vector<StageOption>& branches,
                 size_t slot, std::vector<StageOption>& into) {
  const auto climb = [](const std::vector<StageOption>& stairs, size_t at, int64_t ns) {
    while (at + 1 < stairs.size() && stairs[at + 1].totals.ns <= ns) ++at;
    return at;
  };
  const auto next_ns = [](const std::vector<StageOption>& stairs, size_t at) {
    return at + 1 < stairs.size() ? stairs[at + 1].totals.ns : kNoLimit;
  };
  int64_t ns = std::max(stages[0].totals.ns, branches[0].totals.ns);
  for (size_t i = 0, j = 0; ns != kNoLimit;
       ns = std::min(next_ns(stages, i), next_ns(branches, j))) {
    i = climb(stages, i, ns);
    j = climb(branches, j, ns);
    into.push_back(joined(stages[i], branches[j], slot));
  }
}

void join_all(const std::vector<StageOption>& stages, const std::vector<StageOption>& branches,
              size_t slot, std::vector<StageOption>& into) {
  for (const StageOption& stage : stages)
    for (const StageOption& branch : branches) into.push_back(joined(stage, branch, slot));
}

ByOut branches_of(const std::vector<Choice>& choices, size_t slot, bool parameters) {
  ByOut found;
  for (size_t i = 0; i < choices.size(); ++i) {
    StageOption one{.totals = choices[i].totals, .out = choices[i].out};
    if (!parameters) one.totals.parameters = 0;
    one.picks[slot] = static_cast<uint16_t>(i);
    found[one.out].push_back(one);
  }
  for (auto& [out, list] : found) keep_front(list);
  return found;
}

ByOut fillings_of(const Way& way, bool parameters) {
  ByOut stages = branches_of(way.slots.at(0), 0, parameters);
  for (size_t slot = 1; slot < way.slots.size(); ++slot) {
    ByOut wider;
    const ByOut branches = branches_of(way.slots[slot], slot, parameters);
    for (const auto& [out, list] : stages)
      for (const auto& [more, choices] : branches)
        (parameters ? join_all : join_stairs)(list, choices, slot, wider[out + more]);
    for (auto& [out, list] : wider) keep_front(list);
    stages = std::move(wider);
  }
  return stages;
}

}  // namespace

std::vector<StageOption> options_of(const std::vector<Way>& ways, bool parameters) {
  ByOut all;
  for (size_t way = 0; way < ways.size(); ++way)
    for (auto& [out, list] : fillings_of(ways[way], parameters))
      for (StageOption& one : list) {
        if (-one.totals.work < ways[way].least_work) continue;
        one.way = static_cast<uint16_t>(way);
        if (ways[way].extra) one.totals += ways[way].extra(out);
        if (!parameters) one.totals.parameters = 0;
        all[out].push_back(one);
      }
  std::vector<StageOption> options;
  for (auto& [out, list] : all) {
    keep_front(list);
    options.insert(options.end(), list.begin(), list.end());
  }
  return options;
}

}  // namespace nnstretch::search

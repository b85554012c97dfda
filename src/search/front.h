// What is worth keeping of a list: whatever no other entry equals or betters in every total.
#pragma once
#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>
#include <vector>

#include "search/totals.h"

namespace nnstretch::search {

// Keeps those entries, by rising latency. An entry has `totals`.
template <class Entry>
void keep_front(std::vector<Entry>& entries) {
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    const Totals &x = a.totals, &y = b.totals;
    return std::tie(x.ns, x.work, x.parameters) < std::tie(y.ns, y.work, y.parameters);
  });
  // Of the entries so far, none of which is slower: the more work, the more parameters.
  std::map<int64_t, int64_t> steps;  // work -> least parameters at that work or more
  size_t kept = 0;
  for (size_t i = 0; i < entries.size(); ++i) {
    const auto [ns, work, parameters] = entries[i].totals;
    const auto after = steps.upper_bound(work);
    if (after != steps.begin() && std::prev(after)->second <= parameters) continue;
    auto beaten = steps.lower_bound(work);
    while (beaten != steps.end() && beaten->second >= parameters) beaten = steps.erase(beaten);
    steps[work] = parameters;
    if (kept != i) entries[kept] = std::move(entries[i]);
    ++kept;
  }
  entries.erase(entries.begin() + static_cast<ptrdiff_t>(kept), entries.end());
}

}  // namespace nnstretch::search

#include "report/comparison.h"

#include <algorithm>

#include "base/log.h"
#include "report/record.h"

namespace nnstretch::report {

template <class Io>
void fields(Io& io, Compared& one) {
  std::optional<std::vector<double>> interval;
  if (one.ratio.interval) interval = {one.ratio.interval->low, one.ratio.interval->high};
  io("name", one.name);
  io.us("before_us", one.before_us);
  io.us("after_us", one.after_us);
  io("ratio_of_minima", one.ratio.of_minima);
  io("ratio_of_medians", one.ratio.of_medians);
  io("interval", interval);
  if constexpr (Io::reads)
    if (interval && interval->size() == 2) one.ratio.interval = {interval->at(0), interval->at(1)};
}

template <class Io>
void fields(Io& io, Comparison& comparison) {
  io.schema(1);
  io("limit", comparison.limit);
  io("networks", comparison.networks);
  io("only_once", comparison.only_once);
}

namespace {

Compared compare(const std::string& name, const measure::Result& before,
                 const measure::Result& after) {
  Compared both{name, before.latency.p50, after.latency.p50, {}};
  if (before.runs_us.empty() || after.runs_us.empty())
    both.ratio = {
        after.latency.min / before.latency.min, after.latency.p50 / before.latency.p50, {}};
  else
    both.ratio = measure::compare(before.runs_us, after.runs_us);
  return both;
}

// Those that can be read; of the others it is said why they cannot. FormatError if there is none.
std::map<std::string, Record> read_some(const std::filesystem::path& file) {
  auto [read, refused] = read_results(file);
  if (read.empty() && !refused.empty()) throw FormatError(refused.begin()->second);
  for (const auto& [name, error] : refused) log::warn("left out: {}", error.what());
  if (read.empty())
    throw FormatError({.what = "there is no network in it", .where = file.string()});
  return std::move(read);
}

}  // namespace

bool Compared::slower_than(double limit) const {
  return (ratio.interval ? ratio.interval->low : ratio.of_medians) > limit;
}

Comparison compare_results(const std::filesystem::path& before, const std::filesystem::path& after,
                           double limit) {
  const auto old = read_some(before), fresh = read_some(after);
  if (old.size() == 1 && fresh.size() == 1)
    return {limit,
            {compare(old.begin()->first, old.begin()->second.result, fresh.begin()->second.result)},
            {}};
  Comparison result{limit, {}, {}};
  for (const auto& [name, one] : old)
    if (const auto other = fresh.find(name); other != fresh.end())
      result.networks.push_back(compare(name, one.result, other->second.result));
    else
      result.only_once.push_back(name);
  for (const auto& [name, one] : fresh)
    if (!old.contains(name)) result.only_once.push_back(name);
  if (result.networks.empty())
    throw FormatError(
        {.what = fmt::format("it has no network of {}", before.string()), .where = after.string()});
  return result;
}

Report report_of(const Comparison& comparison) {
  Report report{.page = {}, .json = nnstretch::to_json(comparison)};
  for (size_t i = 0; i < comparison.networks.size(); ++i)
    report.json["networks"][i]["slower"] = comparison.networks[i].slower_than(comparison.limit);
  Table& table =
      report.page.table({"network", "before us", "after us", "minima", "medians", "95 %", ""},
                        {true, false, false, false, false, false, true});
  for (const Compared& one : comparison.networks) {
    const auto& interval = one.ratio.interval;
    table.add({one.name, fmt::format("{:.1f}", one.before_us), fmt::format("{:.1f}", one.after_us),
               fmt::format("{:.3f}", one.ratio.of_minima),
               fmt::format("{:.3f}", one.ratio.of_medians),
               interval ? fmt::format("{:.3f}-{:.3f}", interval->low, interval->high) : "",
               one.slower_than(comparison.limit) ? "slower" : ""});
  }
  return report;
}

Comparison comparison_from_json(const Json& json, const std::string& where) {
  return value_from<Comparison>(json, where);
}

}  // namespace nnstretch::report

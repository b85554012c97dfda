#include "report/comparison.h"

#include <algorithm>

#include "base/log.h"
#include "report/doubts.h"
#include "report/record.h"

namespace nnstretch::measure {

template <class Io>
void fields(Io& io, Difference& one) {
  io("what", one.what);
  io("before", one.before);
  io("after", one.after);
}

}  // namespace nnstretch::measure

namespace nnstretch::report {

template <class Io>
void fields(Io& io, Side& side) {
  io("load_1min", side.load_1min);
  io("reliable", side.reliable);
  io("doubts", side.doubts);
  io("restarts", side.restarts);
}

// A field that comparisons of older versions lack.
template <class Io, class T>
void later(Io& io, const char* name, T& value) {
  std::optional<T> kept = value;
  io.if_any(name, kept);
  if constexpr (Io::reads)
    if (kept) value = *kept;
}

using Ends = std::optional<std::vector<double>>;  // of an interval
Ends ends(const std::optional<measure::Interval>& interval) {
  return interval ? Ends({interval->low, interval->high}) : Ends();
}
std::optional<measure::Interval> interval_of(const Ends& ends) {
  if (!ends || ends->size() != 2) return {};
  return measure::Interval{ends->at(0), ends->at(1)};
}

template <class Io>
void fields(Io& io, Compared& one) {
  Ends medians = ends(one.ratio.interval), minima = ends(one.ratio.minima_interval);
  io("name", one.name);
  io.us("before_us", one.before_us);
  io.us("after_us", one.after_us);
  io("ratio_of_minima", one.ratio.of_minima);
  io("ratio_of_medians", one.ratio.of_medians);
  io("interval", medians);
  io.if_any("interval_of_minima", minima);
  later(io, "before", one.before);
  later(io, "after", one.after);
  later(io, "comparable", one.comparable);
  later(io, "unlike", one.likeness.differences);
  later(io, "unknown", one.likeness.unknown);
  if constexpr (Io::reads) {
    one.ratio.restarts = std::min(one.before.restarts, one.after.restarts);
    one.ratio.interval = interval_of(medians);
    one.ratio.minima_interval = interval_of(minima);
  }
}

template <class Io>
void fields(Io& io, Comparison& comparison) {
  io.schema(1);
  io("limit", comparison.limit);
  io("networks", comparison.networks);
  io("only_once", comparison.only_once);
}

namespace {

std::vector<std::string> said_of(const std::vector<measure::Doubt>& doubts) {
  std::vector<std::string> words;
  for (const auto& doubt : doubts) words.push_back(said(doubt));
  return words;
}

Side side_of(const measure::Result& result) {
  return {.load_1min = result.context.load_1min,
          .reliable = result.reliable,
          .doubts = said_of(result.doubts),
          .restarts = std::max<size_t>(1, result.restarts.size())};
}

// Of a result that tells no runs: a tool that timed it tells no median.
double middle(const measure::Result& result) {
  return result.latency.p50.value_or(result.latency.min);
}

Compared compare(const std::string& name, const measure::Result& before,
                 const measure::Result& after, const CompareOptions& options) {
  Compared both{.name = name,
                .before_us = middle(before),
                .after_us = middle(after),
                .ratio = {},
                .before = side_of(before),
                .after = side_of(after),
                .likeness = measure::likeness(before, after)};
  both.comparable = both.likeness.differences.empty() || options.anyway;
  const auto old = measure::restarts_of(before), fresh = measure::restarts_of(after);
  if (old.empty() || fresh.empty()) {
    both.ratio = {.of_minima = after.latency.min / before.latency.min,
                  .of_medians = middle(after) / middle(before)};
    return both;
  }
  both.before_us = measure::typical(old), both.after_us = measure::typical(fresh);
  both.ratio = measure::compare(old, fresh);
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

measure::Verdict Compared::verdict(double limit) const {
  if (!comparable) return measure::Verdict::cannot_tell;
  return measure::judge(ratio, limit, before.reliable && after.reliable);
}

bool Compared::slower_than(double limit) const {
  return verdict(limit) == measure::Verdict::slower;
}

Comparison compare_results(const std::filesystem::path& before, const std::filesystem::path& after,
                           const CompareOptions& options) {
  const auto old = read_some(before), fresh = read_some(after);
  Comparison result{.limit = options.limit, .networks = {}, .only_once = {}};
  if (old.size() == 1 && fresh.size() == 1) {
    const auto& [name, one] = *old.begin();
    result.networks.push_back(compare(name, one.result, fresh.begin()->second.result, options));
    return result;
  }
  for (const auto& [name, one] : old)
    if (const auto other = fresh.find(name); other != fresh.end())
      result.networks.push_back(compare(name, one.result, other->second.result, options));
    else
      result.only_once.push_back(name);
  for (const auto& [name, one] : fresh)
    if (!old.contains(name)) result.only_once.push_back(name);
  if (result.networks.empty())
    throw FormatError(
        {.what = fmt::format("it has no network of {}", before.string()), .where = after.string()});
  return result;
}

Comparison comparison_from_json(const Json& json, const std::string& where) {
  return value_from<Comparison>(json, where);
}

Json to_json(const Comparison& comparison) {
  Json json = nnstretch::to_json(comparison);
  for (size_t i = 0; i < comparison.networks.size(); ++i) {
    const Compared& one = comparison.networks[i];
    json["networks"][i]["verdict"] =
        one.comparable ? name_of(one.verdict(comparison.limit)) : "not comparable";
    json["networks"][i]["slower"] = one.slower_than(comparison.limit);
  }
  return json;
}

}  // namespace nnstretch::report

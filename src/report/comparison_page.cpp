// A comparison as people read it: a row a network, and below what must be known to believe it.
#include "report/comparison.h"

namespace nnstretch::report {
namespace {

using measure::Verdict;

std::string loads(const Compared& one) {
  const auto word = [](double load) { return load < 0 ? "?" : fmt::format("{:.1f}", load); };
  return fmt::format("{} / {}", word(one.before.load_1min), word(one.after.load_1min));
}

std::string verdict_of(const Compared& one, double limit) {
  if (!one.comparable) return "not comparable";
  const Verdict verdict = one.verdict(limit);
  return verdict == Verdict::level ? "" : std::string(name_of(verdict));
}

// Ratios of what is not comparable would be read as if it were.
std::vector<std::string> row_of(const Compared& one, double limit) {
  const auto ratio = [&](double value) {
    return one.comparable ? fmt::format("{:.3f}", value) : std::string();
  };
  const auto ends = [&](const std::optional<measure::Interval>& interval) {
    return one.comparable && interval ? fmt::format("{:.3f}-{:.3f}", interval->low, interval->high)
                                      : std::string();
  };
  return {one.name,
          fmt::format("{:.1f}", one.before_us),
          fmt::format("{:.1f}", one.after_us),
          ratio(one.ratio.of_minima),
          ratio(one.ratio.of_medians),
          ends(one.ratio.interval),
          ends(one.ratio.minima_interval),
          loads(one),
          verdict_of(one, limit)};
}

void add_doubts(Page& page, const Compared& one) {
  for (const auto& difference : one.likeness.differences)
    page.line("{}: {}: {}", one.name, one.comparable ? "unlike" : "not comparable",
              said(difference));
  for (const auto& what : one.likeness.unknown)
    page.line("{}: a result of an older version does not tell {}", one.name, what);
  for (const auto& doubt : one.before.doubts) page.line("{}: before: {}", one.name, doubt);
  for (const auto& doubt : one.after.doubts) page.line("{}: after: {}", one.name, doubt);
}

// Once, however many rows it is true of.
void add_remedy(Page& page, const Comparison& comparison) {
  for (const Compared& one : comparison.networks) {
    if (!one.comparable || one.verdict(comparison.limit) != Verdict::cannot_tell) continue;
    page.line(
        "cannot tell: processes of one plan differ by up to {:.0f} %, and a busy machine by more; "
        "`nnstretch bench --restarts 5` of both tells smaller differences",
        100 * measure::kOneProcess);
    return;
  }
}

}  // namespace

std::string said(const measure::Difference& difference) {
  return fmt::format("{} {} before, {} after", difference.what, difference.before,
                     difference.after);
}

Report report_of(const Comparison& comparison) {
  Report report{.page = {}, .json = to_json(comparison)};
  Table& table = report.page.table(
      {"network", "before us", "after us", "minima", "medians", "95 %", "of minima", "load", ""},
      {true, false, false, false, false, false, false, false, true});
  for (const Compared& one : comparison.networks) table.add(row_of(one, comparison.limit));
  for (const Compared& one : comparison.networks) add_doubts(report.page, one);
  add_remedy(report.page, comparison);
  return report;
}

}  // namespace nnstretch::report

#include "report/result_json.h"

#include <fmt/format.h>

#include "report/fields.h"

namespace nnstretch::report {

namespace {

// Microseconds, from a thousandth of one to eleven days.
void check_time(double us, const std::string& where) {
  if (!(us >= 1e-3 && us <= 1e12))
    throw FormatError({.what = fmt::format("{} is no time of a run", us),
                       .where = where,
                       .fix = "it was changed by hand: measure again"});
}

// What is said of each part is said of those that there are.
void check_parts(const measure::Result& result, const std::string& where) {
  const auto refuse = [&](std::string what) {
    throw FormatError(
        {.what = std::move(what), .where = where, .fix = "it was changed by hand: measure again"});
  };
  const size_t parts = result.parts.size();
  for (const auto& run : {result.fastest, result.median})
    if (run && run->parts.size() != parts)
      refuse(fmt::format("a run of {} parts, of a plan of {}", run->parts.size(), parts));
  for (size_t i = 0; i < parts; ++i)
    for (const size_t before : result.parts[i].after)
      if (before >= i) refuse(fmt::format("part {} comes after part {}", i, before));
}

}  // namespace

Json to_json(const measure::Result& result) { return nnstretch::to_json(result); }

measure::Result result_from_json(const Json& json, const std::string& where) {
  auto result = value_from<measure::Result>(json, where);
  check_time(result.latency.min, where);
  if (result.latency.p50) check_time(*result.latency.p50, where);
  for (const double us : result.runs_us) check_time(us, where);
  for (const auto& runs : result.restarts) {
    if (runs.empty())
      throw FormatError({.what = "a restart without a run",
                         .where = where,
                         .fix = "it was changed by hand: measure again"});
    for (const double us : runs) check_time(us, where);
  }
  check_parts(result, where);
  return result;
}

}  // namespace nnstretch::report

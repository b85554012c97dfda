#include "pipeline/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"

namespace nnstretch::pipeline {
namespace {

struct Measured {
  std::string name;
  double min_us = 0, p50_us = 0;
  std::vector<double> runs_us;  // empty in files of older versions
};

[[noreturn]] void refuse(const std::filesystem::path& path, std::string_view why) {
  throw FormatError({.what = fmt::format("no result of bench or run: {}", why),
                     .where = path.string(),
                     .fix = "give what `bench --json` wrote, or a result.json"});
}

double positive(double value) {
  if (!(value > 0 && std::isfinite(value)))
    throw FormatError({.what = fmt::format("{} is no time", value)});
  return value;
}

Measured measured(const std::string& name, const nlohmann::json& result) {
  const auto& latency = result.at("latency_us");
  Measured one{name, positive(latency.at("min").get<double>()),
               positive(latency.at("p50").get<double>()),
               result.value("runs_us", std::vector<double>{})};
  for (const double us : one.runs_us) positive(us);
  return one;
}

// In the order of their names.
std::vector<Measured> read(const std::filesystem::path& path) try {
  const auto json = parse_json(read_text(path), path.string());
  if (json.at("schema").get<int>() != 1)
    throw FormatError({.what = "this version reads results of schema 1"});
  if (!json.contains("configs")) return {measured(json.at("model").get<std::string>(), json)};
  std::vector<Measured> all;
  for (const auto& [name, result] : json.at("configs").items())
    all.push_back(measured(name, result));
  return all;
} catch (const nlohmann::json::exception& error) {
  refuse(path, error.what());
} catch (const FormatError& error) {
  refuse(path, error.message().what);
}

Compared compare(const Measured& before, const Measured& after) {
  Compared both{before.name, before.p50_us, after.p50_us, {}};
  if (before.runs_us.empty() || after.runs_us.empty())
    both.ratio = {after.min_us / before.min_us, after.p50_us / before.p50_us, {}};
  else
    both.ratio = measure::compare(before.runs_us, after.runs_us);
  return both;
}

const Measured* find(const std::vector<Measured>& all, const std::string& name) {
  const auto found = std::ranges::lower_bound(all, name, {}, &Measured::name);
  return found == all.end() || found->name != name ? nullptr : &*found;
}

}  // namespace

bool Compared::slower_than(double limit) const {
  return (ratio.interval ? ratio.interval->low : ratio.of_medians) > limit;
}

Comparison compare_results(const std::filesystem::path& before,
                           const std::filesystem::path& after) {
  const auto old = read(before), fresh = read(after);
  if (old.size() == 1 && fresh.size() == 1) return {{compare(old[0], fresh[0])}, {}};
  Comparison result;
  for (const Measured& one : old)
    if (const Measured* other = find(fresh, one.name))
      result.networks.push_back(compare(one, *other));
    else
      result.only_once.push_back(one.name);
  for (const Measured& one : fresh)
    if (!find(old, one.name)) result.only_once.push_back(one.name);
  if (result.networks.empty())
    throw FormatError(
        {.what = fmt::format("it has no network of {}", before.string()), .where = after.string()});
  return result;
}

}  // namespace nnstretch::pipeline

#include "measure/energy_source.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "measure/counters.h"
#include "measure/hwmon.h"
#include "measure/odpm.h"
#include "measure/power_supply.h"

namespace nnstretch::measure {
namespace {

using Find = std::unique_ptr<EnergySource> (*)(const std::filesystem::path& sysfs,
                                               std::string_view rail, std::string& why_not);
struct Kind {
  std::string_view name;
  Find find;
  bool has_rails = false;
  bool by_name_only = false;  // its steps are too long for the time that `auto` takes
};

// A charge counter moves every few seconds: who wants it gives it minutes.
constexpr std::array<Kind, 6> kKinds = {{{"rapl", find_rapl},
                                         {"amd_energy", find_amd_energy},
                                         {"odpm", find_odpm, true},
                                         {"hwmon", find_hwmon, true},
                                         {"power_supply", find_power_supply},
                                         {"charge_counter", find_charge_counter, false, true}}};

struct Choice {
  std::string_view kind, rail;
};

Choice choice_of(std::string_view words) {
  const size_t colon = words.find(':');
  if (colon == words.npos) return {words, {}};
  return {words.substr(0, colon), words.substr(colon + 1)};
}

const Kind* kind_named(std::string_view name) {
  const auto found = std::ranges::find(kKinds, name, &Kind::name);
  return found == kKinds.end() ? nullptr : &*found;
}

FoundSource found(const Kind& kind, const std::filesystem::path& sysfs, std::string_view rail) {
  FoundSource all{.name = std::string(kind.name), .source = {}, .why_not = {}};
  all.source = kind.find(sysfs, rail, all.why_not);
  return all;
}

}  // namespace

std::vector<FoundSource> find_energy_sources(const std::filesystem::path& sysfs,
                                             std::string_view rail) {
  std::vector<FoundSource> all;
  for (const Kind& kind : kKinds)
    all.push_back(found(kind, sysfs, kind.has_rails ? rail : std::string_view()));
  return all;
}

void check_energy_choice(const std::string& choice) {
  if (choice == "auto" || choice == "off") return;
  const auto [name, rail] = choice_of(choice);
  const Kind* kind = kind_named(name);
  if (kind && (choice.find(':') == choice.npos || (kind->has_rails && !rail.empty()))) return;
  std::vector<std::string_view> names;
  for (const Kind& one : kKinds) names.push_back(one.name);
  throw UsageError(
      {.what = fmt::format("'{}' is no source of energy", choice),
       .where = "`energy`",
       .fix = fmt::format("give auto, off, {}; or hwmon:RAIL, odpm:RAIL", fmt::join(names, ", "))});
}

FoundSource choose_energy_source(const std::string& choice, const std::filesystem::path& sysfs) {
  check_energy_choice(choice);
  if (choice == "off") return {.name = choice, .source = {}, .why_not = "it was not asked for"};
  if (choice != "auto") {
    const auto [name, rail] = choice_of(choice);
    FoundSource one = found(*kind_named(name), sysfs, rail);
    if (one.source) return one;
    throw IoError({.what = one.why_not,
                   .where = "`energy` " + choice,
                   .fix = "`nnstretch devices` tells what is there"});
  }
  std::string reasons;
  for (const Kind& kind : kKinds) {
    FoundSource one = found(kind, sysfs, {});
    if (one.source && !kind.by_name_only) return one;
    if (one.source) one.why_not = "is there, and is read only if it is named: its steps are long";
    reasons += fmt::format("{}{}: {}", reasons.empty() ? "" : "; ", one.name, one.why_not);
  }
  return {.name = choice, .source = {}, .why_not = reasons};
}

}  // namespace nnstretch::measure

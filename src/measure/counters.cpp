#include "measure/counters.h"

#include <algorithm>
#include <vector>

#include "base/sysfs.h"

namespace nnstretch::measure {
namespace {

struct Counter {
  std::filesystem::path microjoules;
  int64_t range = 0;  // it begins at 0 again after this; 0: never
  int64_t before = 0;
};

class CounterMeter : public EnergyMeter {
 public:
  CounterMeter(std::string source, std::vector<Counter> counters)
      : source_(std::move(source)), counters_(std::move(counters)) {}

  void start() override {
    failure_.clear();
    for (Counter& counter : counters_) counter.before = read(counter);
  }

  Energy stop() override {
    double microjoules = 0;
    for (const Counter& counter : counters_) {
      int64_t used = read(counter) - counter.before;
      if (used < 0) used += counter.range;
      if (used < 0 && failure_.empty())
        failure_ = counter.microjoules.string() + ": the counter went back";
      microjoules += static_cast<double>(used);
    }
    if (!failure_.empty()) return {.joules = {}, .source = source_, .reason = failure_};
    return {.joules = microjoules * 1e-6, .source = source_, .reason = {}};
  }

 private:
  int64_t read(const Counter& counter) {
    std::string why;
    const auto value = read_number(counter.microjoules, &why);
    if (!value && failure_.empty()) failure_ = why;
    return value.value_or(0);
  }

  std::string source_;
  std::vector<Counter> counters_;
  std::string failure_;
};

std::unique_ptr<EnergyMeter> meter_of(const std::string& source, std::vector<Counter> counters,
                                      std::string& why_not) {
  for (const Counter& counter : counters)
    if (!read_number(counter.microjoules, &why_not)) return nullptr;
  return std::make_unique<CounterMeter>(source, std::move(counters));
}

// "intel-rapl:0" is a package (or the whole system), "intel-rapl:0:1" a piece of it.
bool is_top_zone(const std::string& name) {
  return name.find("-rapl:") != name.npos && std::count(name.begin(), name.end(), ':') == 1;
}

std::vector<Counter> zones_named(const std::filesystem::path& folder, std::string_view prefix) {
  std::vector<Counter> zones;
  for (const std::string& zone : names_in(folder)) {
    if (!is_top_zone(zone)) continue;
    if (!read_line(folder / zone / "name").value_or("").starts_with(prefix)) continue;
    zones.push_back({.microjoules = folder / zone / "energy_uj",
                     .range = read_number(folder / zone / "max_energy_range_uj").value_or(0)});
  }
  return zones;
}

}  // namespace

std::unique_ptr<EnergyMeter> find_rapl(const std::filesystem::path& sysfs, std::string& why_not) {
  const auto folder = sysfs / "class/powercap";
  // "psys" contains the packages: one or the other.
  for (const char* kind : {"package", "psys"}) {
    const auto zones = zones_named(folder, kind);
    if (!zones.empty()) return meter_of(std::string("RAPL ") + kind, zones, why_not);
  }
  why_not = folder.string() + " has no RAPL package";
  return nullptr;
}

std::unique_ptr<EnergyMeter> find_amd_energy(const std::filesystem::path& sysfs,
                                             std::string& why_not) {
  const auto hwmon = sysfs / "class/hwmon";
  std::vector<Counter> sockets;
  for (const std::string& chip : names_in(hwmon)) {
    if (read_line(hwmon / chip / "name") != "amd_energy") continue;
    for (const std::string& file : names_in(hwmon / chip)) {
      if (!file.starts_with("energy") || !file.ends_with("_label")) continue;
      const std::string channel = file.substr(0, file.size() - std::string("label").size());
      if (read_line(hwmon / chip / file).value_or("").starts_with("Esocket"))
        sockets.push_back({.microjoules = hwmon / chip / (channel + "input")});
    }
  }
  if (!sockets.empty()) return meter_of("hwmon amd_energy", std::move(sockets), why_not);
  why_not = hwmon.string() + " has no amd_energy";
  return nullptr;
}

}  // namespace nnstretch::measure

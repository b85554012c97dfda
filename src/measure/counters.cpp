#include "measure/counters.h"

#include <algorithm>
#include <vector>

#include "base/sysfs.h"

namespace nnstretch::measure {
namespace {

namespace fs = std::filesystem;

struct Counter {
  std::string name;
  fs::path microjoules;
  int64_t range = 0;  // it begins at 0 again after this; 0: never
  std::optional<int64_t> last = {};
  int64_t sum = 0;  // since the first reading
};

std::vector<Rail> rails_of(const std::vector<Counter>& counters) {
  std::vector<Rail> rails;
  for (const Counter& counter : counters)
    rails.push_back({counter.name, static_cast<int>(rails.size())});
  return rails;
}

class Counters : public EnergySource {
 public:
  Counters(std::string title, std::vector<Counter> counters)
      : EnergySource(std::move(title), Tells::joules, rails_of(counters)),
        counters_(std::move(counters)) {}

  std::optional<std::vector<double>> read(std::string& why_not) override {
    std::vector<double> joules;
    for (Counter& counter : counters_) {
      const auto value = read_number(counter.microjoules, &why_not);
      if (!value) return std::nullopt;
      int64_t more = *value - counter.last.value_or(*value);
      if (more < 0) more += counter.range;
      if (more < 0) {
        why_not = counter.microjoules.string() + ": the counter went back";
        return std::nullopt;
      }
      counter.sum += more;
      counter.last = value;
      joules.push_back(static_cast<double>(counter.sum) * 1e-6);
    }
    return joules;
  }

 private:
  std::vector<Counter> counters_;
};

std::unique_ptr<EnergySource> source_of(const std::string& title, std::vector<Counter> counters,
                                        std::string& why_not) {
  auto source = std::make_unique<Counters>(title, std::move(counters));
  if (!source->read(why_not)) return nullptr;
  return source;
}

// "intel-rapl:0" is a package (or the whole system), "intel-rapl:0:1" a piece of it.
bool is_top_zone(const std::string& name) {
  return name.find("-rapl:") != name.npos && std::count(name.begin(), name.end(), ':') == 1;
}

std::vector<Counter> zones_named(const fs::path& folder, std::string_view prefix) {
  std::vector<Counter> zones;
  for (const std::string& zone : names_in(folder)) {
    if (!is_top_zone(zone)) continue;
    const std::string name = read_line(folder / zone / "name").value_or("");
    if (!name.starts_with(prefix)) continue;
    zones.push_back({.name = name,
                     .microjoules = folder / zone / "energy_uj",
                     .range = read_number(folder / zone / "max_energy_range_uj").value_or(0)});
  }
  return zones;
}

}  // namespace

std::unique_ptr<EnergySource> find_rapl(const fs::path& sysfs, std::string_view,
                                        std::string& why_not) {
  const auto folder = sysfs / "class/powercap";
  // "psys" contains the packages: one or the other.
  for (const char* kind : {"package", "psys"}) {
    const auto zones = zones_named(folder, kind);
    if (!zones.empty()) return source_of(std::string("RAPL ") + kind, zones, why_not);
  }
  why_not = folder.string() + " has no RAPL package";
  return nullptr;
}

std::unique_ptr<EnergySource> find_amd_energy(const fs::path& sysfs, std::string_view,
                                              std::string& why_not) {
  const auto hwmon = sysfs / "class/hwmon";
  std::vector<Counter> sockets;
  for (const std::string& chip : names_in(hwmon)) {
    if (read_line(hwmon / chip / "name") != "amd_energy") continue;
    for (const std::string& file : names_in(hwmon / chip)) {
      if (!file.starts_with("energy") || !file.ends_with("_label")) continue;
      const std::string channel = file.substr(0, file.size() - std::string("label").size());
      const std::string label = read_line(hwmon / chip / file).value_or("");
      if (label.starts_with("Esocket"))
        sockets.push_back({.name = label, .microjoules = hwmon / chip / (channel + "input")});
    }
  }
  if (!sockets.empty()) return source_of("hwmon amd_energy", std::move(sockets), why_not);
  why_not = hwmon.string() + " has no amd_energy";
  return nullptr;
}

}  // namespace nnstretch::measure

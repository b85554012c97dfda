// Joules, where a machine tells them. Where it does not, the reason, never a guess.
//     EnergyMeter meter = find_energy_meter();
//     meter.start(); ...; Energy energy = meter.stop();
//     if (energy.joules) ... *energy.joules, energy.source ... else ... energy.reason
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace nnstretch::measure {

struct Energy {
  std::optional<double> joules;  // between start and stop, of everything the source sees
  std::string source;            // "RAPL package-0", "hwmon amd_energy", "battery BAT0"
  std::string reason;            // why there is no number
};

class EnergyMeter {
 public:
  virtual ~EnergyMeter() = default;
  virtual void start() = 0;
  virtual Energy stop() = 0;
};

// The first that can be read under `sysfs`: RAPL counters, amd_energy counters, then batteries and
// USB supplies, whose power is sampled on a thread of its own. Never null: without a source the
// meter's stop() gives the reasons, one a source.
std::unique_ptr<EnergyMeter> find_energy_meter(const std::filesystem::path& sysfs = "/sys");

}  // namespace nnstretch::measure

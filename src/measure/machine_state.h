// What a machine's clock and temperature are while something is measured: a hot phone is a slow
// one.
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace nnstretch::measure {

// What Linux does not tell, as in many virtual machines, is absent.
struct MachineState {
  std::optional<std::string> governor;    // of the first core's clock: "schedutil"
  std::map<int, int> frequency_mhz = {};  // by core, at this moment
  std::optional<double> hottest_c;        // of all thermal zones, degrees Celsius
};

// Reads ROOT/devices/system/cpu/cpu*/cpufreq of these cores and ROOT/class/thermal. Never throws.
MachineState machine_state(const std::vector<int>& cores,
                           const std::filesystem::path& root = "/sys");

}  // namespace nnstretch::measure

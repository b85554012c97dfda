// What a machine's clock and temperature are while something is measured: a hot phone is a slow
// one.
//     HeatWatch heat(cores);                   // the state before
//     ...; heat.look(); ...;                   // as often as one likes
//     result.after = heat.look(); use(heat.hottest_c(), heat.held_back());
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace nnstretch::measure {

// What Linux does not tell, as in many virtual machines, is absent.
struct MachineState {
  std::optional<std::string> governor;    // of the first core's clock: "schedutil"
  std::map<int, int> frequency_mhz = {};  // by core, at this moment
  std::optional<double> hottest_c;        // of all thermal zones, degrees Celsius
  // What keeps the cores from their highest clocks at this moment, in words: "cores 4, 5 may run at
  // 1800 of 2840 MHz", "thermal-cpufreq-0 holds back, 2 of 5".
  std::vector<std::string> held_back = {};

  std::optional<int> lowest_mhz() const;  // of the cores' clocks
};

// Reads ROOT/devices/system/cpu/cpu*/cpufreq of these cores and ROOT/class/thermal. Never throws.
MachineState machine_state(const std::vector<int>& cores,
                           const std::filesystem::path& root = "/sys");

// What Android makes of its heat, "moderate", in what `dumpsys thermalservice` says; nothing if it
// is none, or is not told.
std::optional<std::string> thermal_status_in(std::string_view dumpsys);
// The same of this machine; nothing where there is no such command.
std::optional<std::string> thermal_status();

// States of one machine, one after another.
class HeatWatch {
 public:
  explicit HeatWatch(std::vector<int> cores, std::filesystem::path root = "/sys")
      : cores_(std::move(cores)), root_(std::move(root)) {}
  MachineState look();
  // Of all that was seen.
  const std::optional<double>& hottest_c() const { return hottest_c_; }
  const std::set<std::string>& held_back() const { return held_back_; }

 private:
  std::vector<int> cores_;
  std::filesystem::path root_;
  std::optional<double> hottest_c_;
  std::set<std::string> held_back_;
};

}  // namespace nnstretch::measure

#include "measure/machine_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

namespace nnstretch::measure {
namespace {

template <class T>
std::optional<T> read(const std::filesystem::path& path) {
  std::ifstream file(path);
  T value;
  return file >> value ? std::optional(value) : std::nullopt;
}

}  // namespace

MachineState machine_state(const std::vector<int>& cores, const std::filesystem::path& root) {
  MachineState state;
  for (const int core : cores) {
    const auto clock = root / fmt::format("devices/system/cpu/cpu{}/cpufreq", core);
    if (const auto khz = read<int>(clock / "scaling_cur_freq"))
      state.frequency_mhz[core] = *khz / 1000;
    if (!state.governor) state.governor = read<std::string>(clock / "scaling_governor");
  }
  std::error_code none;
  for (const auto& zone : std::filesystem::directory_iterator(root / "class/thermal", none))
    if (zone.path().filename().string().starts_with("thermal_zone"))
      if (const auto thousandths = read<int>(zone.path() / "temp"))
        state.hottest_c = std::max(state.hottest_c.value_or(-273.15), *thousandths / 1000.0);
  return state;
}

}  // namespace nnstretch::measure

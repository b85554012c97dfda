#include "measure/machine_state.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>

#include "base/error.h"
#include "base/process.h"
#include "base/sysfs.h"

namespace nnstretch::measure {
namespace {

namespace fs = std::filesystem;

std::optional<int> mhz_in(const fs::path& file) {
  const auto khz = read_number(file);
  return khz ? std::optional(static_cast<int>(*khz / 1000)) : std::nullopt;
}

// Cores that may not run as fast as they can.
void add_limits(MachineState& state, const std::vector<int>& cores, const fs::path& root) {
  std::map<std::pair<int, int>, std::vector<int>> limited;  // by allowed and highest clock
  for (const int core : cores) {
    const fs::path clock = root / fmt::format("devices/system/cpu/cpu{}/cpufreq", core);
    const auto allowed = mhz_in(clock / "scaling_max_freq");
    const auto highest = mhz_in(clock / "cpuinfo_max_freq");
    if (allowed && highest && *allowed < *highest) limited[{*allowed, *highest}].push_back(core);
  }
  for (const auto& [mhz, of] : limited)
    state.held_back.push_back(fmt::format("core{} {} may run at {} of {} MHz",
                                          of.size() > 1 ? "s" : "", fmt::join(of, ", "), mhz.first,
                                          mhz.second));
}

// A cooling device may also be a fan, a battery's charger or a screen.
bool slows_processors(std::string_view type) {
  constexpr std::array<std::string_view, 6> kWords = {"cpu", "Processor",  "devfreq",
                                                      "gpu", "powerclamp", "npu"};
  return std::ranges::any_of(kWords, [&](auto word) { return type.find(word) != type.npos; });
}

void add_cooling(MachineState& state, const fs::path& device) {
  const std::string type = read_line(device / "type").value_or("");
  const int64_t now = read_number(device / "cur_state").value_or(0);
  if (now <= 0 || !slows_processors(type)) return;
  const auto most = read_number(device / "max_state");
  state.held_back.push_back(
      fmt::format("{} holds back, {}{}", type, now, most ? fmt::format(" of {}", *most) : ""));
}

}  // namespace

std::optional<int> MachineState::lowest_mhz() const {
  std::optional<int> lowest;
  for (const auto& [core, mhz] : frequency_mhz) lowest = std::min(lowest.value_or(mhz), mhz);
  return lowest;
}

MachineState machine_state(const std::vector<int>& cores, const fs::path& root) {
  MachineState state;
  for (const int core : cores) {
    const auto clock = root / fmt::format("devices/system/cpu/cpu{}/cpufreq", core);
    if (const auto mhz = mhz_in(clock / "scaling_cur_freq")) state.frequency_mhz[core] = *mhz;
    if (!state.governor) state.governor = read_line(clock / "scaling_governor");
  }
  add_limits(state, cores, root);
  const fs::path thermal = root / "class/thermal";
  for (const std::string& name : names_in(thermal)) {
    if (name.starts_with("cooling_device")) add_cooling(state, thermal / name);
    if (!name.starts_with("thermal_zone")) continue;
    if (const auto thousandths = read_number(thermal / name / "temp"))
      state.hottest_c =
          std::max(state.hottest_c.value_or(-273.15), static_cast<double>(*thousandths) / 1000);
  }
  return state;
}

std::optional<std::string> thermal_status_in(std::string_view dumpsys) {
  constexpr std::string_view kStatus = "Thermal Status: ";
  // As Android's PowerManager numbers them.
  constexpr std::array<std::string_view, 7> kNames = {"none",     "light",     "moderate", "severe",
                                                      "critical", "emergency", "shutdown"};
  const size_t at = dumpsys.find(kStatus);
  if (at == dumpsys.npos) return {};
  const std::string_view number = dumpsys.substr(at + kStatus.size());
  size_t status = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), status);
  const bool ends = end == number.data() + number.size() || *end == '\n' || *end == '\r';
  if (error != std::errc() || !ends || status == 0 || status >= kNames.size()) return {};
  return std::string(kNames[status]);
}

std::optional<std::string> thermal_status() {
  std::string said;
  try {
    Process({.words = {"dumpsys", "thermalservice"},
             .on_stdout = [&](std::string_view line) { said.append(line) += '\n'; },
             .on_stderr = [](std::string_view) {},
             .limit = std::chrono::seconds(5)})
        .wait();
  } catch (const IoError&) {  // as on all that is not Android
    return {};
  }
  return thermal_status_in(said);
}

MachineState HeatWatch::look() {
  MachineState state = machine_state(cores_, root_);
  if (state.hottest_c)
    hottest_c_ = std::max(hottest_c_.value_or(*state.hottest_c), *state.hottest_c);
  held_back_.insert(state.held_back.begin(), state.held_back.end());
  return state;
}

}  // namespace nnstretch::measure

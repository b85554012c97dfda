#include "measure/machine_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "support/paths.h"

namespace nnstretch::measure {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

void write(const std::filesystem::path& path, std::string_view text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

TEST(MachineState, ReadsClocksAndTheHottestZoneOfAPhone) {
  const testing::TemporaryFolder root;
  const auto cpu = root / "devices/system/cpu";
  write(cpu / "cpu0/cpufreq/scaling_cur_freq", "1785600\n");
  write(cpu / "cpu0/cpufreq/scaling_governor", "schedutil\n");
  write(cpu / "cpu7/cpufreq/scaling_cur_freq", "2841600\n");
  write(root / "class/thermal/thermal_zone0/temp", "41500\n");
  write(root / "class/thermal/thermal_zone1/temp", "63200\n");
  write(root / "class/thermal/thermal_zone2/temp", "none\n");
  write(root / "class/thermal/cooling_device0/temp", "99000\n");
  const MachineState state = machine_state({0, 3, 7}, root.path());
  EXPECT_EQ(state.governor, "schedutil");
  EXPECT_THAT(state.frequency_mhz, ElementsAre(Pair(0, 1785), Pair(7, 2841)));
  ASSERT_TRUE(state.hottest_c);
  EXPECT_DOUBLE_EQ(*state.hottest_c, 63.2);
}

TEST(MachineState, SaysWhatHoldsTheClocksBack) {
  const testing::TemporaryFolder root;
  const auto clock = [&](int core, const char* allowed) {
    const auto folder = root / ("devices/system/cpu/cpu" + std::to_string(core) + "/cpufreq");
    write(folder / "cpuinfo_max_freq", "2840000\n");
    write(folder / "scaling_max_freq", allowed);
  };
  clock(4, "2840000\n");
  const auto cooling = [&](const char* device, const char* type, const char* now) {
    write(root / "class/thermal" / device / "type", type);
    write(root / "class/thermal" / device / "cur_state", now);
    write(root / "class/thermal" / device / "max_state", "5\n");
  };
  cooling("cooling_device0", "pwm-fan\n", "3\n");
  cooling("cooling_device1", "thermal-cpufreq-0\n", "0\n");
  HeatWatch watch({4, 5, 6}, root.path());
  EXPECT_THAT(watch.look().held_back, ElementsAre());
  clock(5, "1800000\n");
  clock(6, "1800000\n");
  write(root / "class/thermal/thermal_zone0/temp", "71000\n");
  EXPECT_THAT(watch.look().held_back, ElementsAre("cores 5, 6 may run at 1800 of 2840 MHz"));
  clock(5, "2840000\n");
  clock(6, "2840000\n");
  cooling("cooling_device1", "thermal-cpufreq-0\n", "2\n");
  write(root / "class/thermal/thermal_zone0/temp", "65000\n");
  EXPECT_THAT(watch.look().held_back, ElementsAre("thermal-cpufreq-0 holds back, 2 of 5"));
  EXPECT_EQ(watch.hottest_c(), 71);
  EXPECT_THAT(watch.held_back(), ElementsAre("cores 5, 6 may run at 1800 of 2840 MHz",
                                             "thermal-cpufreq-0 holds back, 2 of 5"));
}

TEST(ThermalStatus, IsWhatAndroidSays) {
  EXPECT_EQ(thermal_status_in("IsStatusOverride: false\nThermal Status: 2\nCached temperatures:"),
            "moderate");
  EXPECT_EQ(thermal_status_in("Thermal Status: 6"), "shutdown");
  for (const char* none : {"Thermal Status: 0\n", "", "Thermal Status: ", "Thermal Status: 7",
                           "Thermal Status: 2x", "Thermal Status: -1"})
    EXPECT_FALSE(thermal_status_in(none)) << none;
}

TEST(MachineState, IsEmptyWhereTheSystemTellsNothing) {
  const MachineState state = machine_state({0, 1}, "/nonexistent");
  EXPECT_FALSE(state.governor);
  EXPECT_TRUE(state.frequency_mhz.empty());
  EXPECT_FALSE(state.hottest_c);
}

}  // namespace
}  // namespace nnstretch::measure

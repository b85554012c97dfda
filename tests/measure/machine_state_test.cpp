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

TEST(MachineState, IsEmptyWhereTheSystemTellsNothing) {
  const MachineState state = machine_state({0, 1}, "/nonexistent");
  EXPECT_FALSE(state.governor);
  EXPECT_TRUE(state.frequency_mhz.empty());
  EXPECT_FALSE(state.hottest_c);
}

}  // namespace
}  // namespace nnstretch::measure

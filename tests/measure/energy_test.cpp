#include "measure/energy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/files.h"
#include "measure/power_supply.h"
#include "support/paths.h"

namespace nnstretch::measure {
namespace {

using ::testing::HasSubstr;

class FakeSys : public testing::TemporaryFolder {
 public:
  void write(const std::string& file, const std::string& text) const {
    write_atomic(*this / file, text + "\n");
  }
  void package(int index, const std::string& name, int64_t energy, int64_t range) const {
    const std::string zone = "class/powercap/intel-rapl:" + std::to_string(index);
    write(zone + "/name", name);
    write(zone + "/energy_uj", std::to_string(energy));
    write(zone + "/max_energy_range_uj", std::to_string(range));
  }
  void supply(const std::string& name, const std::map<std::string, std::string>& files) const {
    for (const auto& [file, text] : files) write("class/power_supply/" + name + "/" + file, text);
  }
};

TEST(Energy, IsTheSumOfTheRaplPackages) {
  const FakeSys sys;
  sys.package(0, "package-0", 1000, 1000000);
  sys.package(1, "package-1", 5000, 1000000);
  sys.package(2, "psys", 0, 1000000);  // contains the packages
  sys.write("class/powercap/intel-rapl:0:0/name", "core");
  const auto meter = find_energy_meter(sys.path());
  meter->start();
  sys.package(0, "package-0", 31000, 1000000);
  sys.package(1, "package-1", 25000, 1000000);
  sys.package(2, "psys", 900000, 1000000);
  const Energy energy = meter->stop();
  ASSERT_TRUE(energy.joules) << energy.reason;
  EXPECT_DOUBLE_EQ(*energy.joules, 0.05);
  EXPECT_EQ(energy.source, "RAPL package");
}

TEST(Energy, GoesOnWhereTheCounterBeginsAgain) {
  const FakeSys sys;
  sys.package(0, "package-0", 262143000000, 262143328850);
  const auto meter = find_energy_meter(sys.path());
  meter->start();
  sys.package(0, "package-0", 671150, 262143328850);
  EXPECT_DOUBLE_EQ(meter->stop().joules.value(), 1.0);
}

TEST(Energy, CanBeMeasuredAgain) {
  const FakeSys sys;
  sys.package(0, "package-0", 0, 1000000);
  const auto meter = find_energy_meter(sys.path());
  for (int64_t energy = 1000; energy < 4000; energy += 1000) {
    meter->start();
    sys.package(0, "package-0", energy, 1000000);
    EXPECT_DOUBLE_EQ(meter->stop().joules.value(), 0.001);
  }
}

TEST(Energy, IsNotGuessedWhenTheCounterVanishes) {
  const FakeSys sys;
  sys.package(0, "package-0", 0, 1000000);
  const auto meter = find_energy_meter(sys.path());
  meter->start();
  std::filesystem::remove_all(sys / "class");
  const Energy energy = meter->stop();
  EXPECT_FALSE(energy.joules);
  EXPECT_THAT(energy.reason, HasSubstr("energy_uj"));
}

TEST(Energy, ComesFromTheSocketsOfAmdEnergy) {
  const FakeSys sys;
  const auto set = [&](int64_t socket, int64_t core) {
    sys.write("class/hwmon/hwmon3/name", "amd_energy");
    sys.write("class/hwmon/hwmon3/energy1_label", "Ecore000");
    sys.write("class/hwmon/hwmon3/energy1_input", std::to_string(core));
    sys.write("class/hwmon/hwmon3/energy129_label", "Esocket0");
    sys.write("class/hwmon/hwmon3/energy129_input", std::to_string(socket));
  };
  sys.write("class/hwmon/hwmon0/name", "k10temp");
  set(0, 0);
  const auto meter = find_energy_meter(sys.path());
  meter->start();
  set(2000000, 1500000);
  const Energy energy = meter->stop();
  EXPECT_DOUBLE_EQ(energy.joules.value(), 2.0);
  EXPECT_EQ(energy.source, "hwmon amd_energy");
}

TEST(Energy, SaysOfEverySourceWhyThereIsNone) {
  const FakeSys sys;
  const auto meter = find_energy_meter(sys.path());
  meter->start();
  const Energy energy = meter->stop();
  EXPECT_FALSE(energy.joules);
  for (const char* source : {"powercap", "hwmon", "power_supply"})
    EXPECT_THAT(energy.reason, HasSubstr(source));
}

// ---- power supplies

std::optional<double> watts(const FakeSys& sys) {
  std::string ignored;
  return power_now(sys.path(), ignored);
}

TEST(PowerSupply, CountsABatteryByItsStatusNotBySign) {
  for (const char* current : {"-500000", "500000"}) {
    const FakeSys sys;
    sys.supply("battery", {{"type", "Battery"},
                           {"status", "Discharging"},
                           {"current_now", current},
                           {"voltage_now", "4000000"}});
    EXPECT_DOUBLE_EQ(watts(sys).value(), 2.0) << current;
  }
}

TEST(PowerSupply, TakesOffWhatChargesTheBattery) {
  const FakeSys sys;
  sys.supply("battery", {{"type", "Battery"}, {"status", "Charging"}, {"power_now", "3000000"}});
  EXPECT_FALSE(watts(sys));  // what feeds it does not tell its power
  sys.supply("usb", {{"type", "USB"},
                     {"online", "1"},
                     {"input_current_now", "1000000"},
                     {"voltage_now", "5000000"}});
  EXPECT_DOUBLE_EQ(watts(sys).value(), 2.0);
  sys.supply("usb", {{"online", "0"}});
  EXPECT_FALSE(watts(sys));
}

TEST(PowerSupply, LeavesOutBatteriesOfOtherThings) {
  const FakeSys sys;
  sys.supply("mouse", {{"type", "Battery"},
                       {"scope", "Device"},
                       {"status", "Discharging"},
                       {"power_now", "1000000"}});
  EXPECT_FALSE(watts(sys));
}

TEST(PowerSupply, DoesNotGuessWhatAnUnknownStatusMeans) {
  const FakeSys sys;
  sys.supply("BAT0", {{"type", "Battery"}, {"status", "Unknown"}, {"power_now", "1000000"}});
  std::string why;
  EXPECT_FALSE(power_now(sys.path(), why));
  EXPECT_THAT(why, HasSubstr("'Unknown'"));
}

TEST(PowerSupply, IsSampledWhileTheMeterRuns) {
  const FakeSys sys;
  sys.supply("BAT0", {{"type", "Battery"}, {"status", "Discharging"}, {"power_now", "7000000"}});
  const auto meter = find_energy_meter(sys.path());
  const double before = now_us();
  meter->start();
  const Energy energy = meter->stop();
  const double seconds = (now_us() - before) * 1e-6;
  ASSERT_TRUE(energy.joules) << energy.reason;
  EXPECT_GT(*energy.joules, 0);
  EXPECT_LE(*energy.joules, 7 * seconds);
  EXPECT_EQ(energy.source, "power_supply");
}

TEST(Integrate, IsTheAreaUnderStraightLines) {
  const std::vector<PowerSample> samples = {{0, 2}, {1e6, 4}, {3e6, 0}};
  EXPECT_DOUBLE_EQ(integrate(samples), 3 + 4);
  EXPECT_EQ(integrate({}), 0);
}

}  // namespace
}  // namespace nnstretch::measure

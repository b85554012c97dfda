#include "measure/energy_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>

#include "base/error.h"
#include "measure/odpm.h"
#include "measure/played_sys.h"
#include "measure/power_supply.h"
#include "support/errors.h"

namespace nnstretch::measure {
namespace {

using ::testing::DoubleEq;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Sys = testing::PlayedSys;

// What each rail rose by while `change` was made.
std::vector<double> joules(EnergySource& source, const std::function<void()>& change) {
  std::string why;
  const auto before = source.read(why);
  change();
  const auto after = source.read(why);
  if (!before || !after) {
    ADD_FAILURE() << why;
    return {};
  }
  std::vector<double> all;
  for (size_t i = 0; i < after->size(); ++i) all.push_back((*after)[i] - (*before)[i]);
  return all;
}

std::unique_ptr<EnergySource> source(const Sys& sys, const std::string& choice) {
  return choose_energy_source(choice, sys.path()).source;
}

std::string why_none(EnergySource& source) {
  std::string why;
  EXPECT_FALSE(source.read(why));
  return why;
}

// ---- counters

TEST(Rapl, HasTheTopPackagesAsRails) {
  const Sys sys;
  sys.package(0, "package-0", 1000, 1000000);
  sys.package(1, "package-1", 5000, 1000000);
  sys.package(2, "psys", 0, 1000000);  // contains the packages
  sys.write("class/powercap/intel-rapl:0:0/name", "core");
  const auto rapl = source(sys, "auto");
  ASSERT_TRUE(rapl);
  EXPECT_EQ(rapl->title(), "RAPL package");
  EXPECT_THAT(joules(*rapl,
                     [&] {
                       sys.package(0, "package-0", 31000, 1000000);
                       sys.package(1, "package-1", 25000, 1000000);
                       sys.package(2, "psys", 900000, 1000000);
                     }),
              ElementsAre(DoubleEq(0.03), DoubleEq(0.02)));
}

TEST(Rapl, GoesOnWhereTheCounterBeginsAgain) {
  const Sys sys;
  sys.package(0, "package-0", 262143000000, 262143328850);
  const auto rapl = source(sys, "rapl");
  EXPECT_THAT(joules(*rapl, [&] { sys.package(0, "package-0", 671150, 262143328850); }),
              ElementsAre(DoubleEq(1.0)));
}

TEST(Rapl, IsNotGuessedWhenTheCounterVanishesOrGoesBack) {
  const Sys sys;
  sys.package(0, "package-0", 5000, 0);
  const auto rapl = source(sys, "rapl");
  sys.package(0, "package-0", 4000, 0);
  EXPECT_THAT(why_none(*rapl), HasSubstr("the counter went back"));
  std::filesystem::remove_all(sys / "class");
  EXPECT_THAT(why_none(*rapl), HasSubstr("energy_uj: No such file"));
}

TEST(AmdEnergy, HasTheSocketsAsRails) {
  const Sys sys;
  const auto set = [&](int64_t socket, int64_t core) {
    sys.write("class/hwmon/hwmon3/name", "amd_energy");
    sys.write("class/hwmon/hwmon3/energy1_label", "Ecore000");
    sys.write("class/hwmon/hwmon3/energy1_input", core);
    sys.write("class/hwmon/hwmon3/energy129_label", "Esocket0");
    sys.write("class/hwmon/hwmon3/energy129_input", socket);
  };
  sys.write("class/hwmon/hwmon0/name", "k10temp");
  set(0, 0);
  const auto amd = source(sys, "auto");
  EXPECT_THAT(joules(*amd, [&] { set(2000000, 1500000); }), ElementsAre(DoubleEq(2.0)));
  EXPECT_EQ(amd->title(), "hwmon amd_energy");
}

// ---- rails of phones

// As the driver prints them: a line of time, then one a channel.
void odpm(const Sys& sys, int device, int64_t ms, const std::map<std::string, int64_t>& rails) {
  std::string text = "t=" + std::to_string(ms);
  int channel = 0;
  for (const auto& [rail, uws] : rails)
    text += "\nCH" + std::to_string(channel++) + "(T=" + std::to_string(ms) + ")[" + rail + "], " +
            std::to_string(uws);
  sys.write("bus/iio/devices/iio:device" + std::to_string(device) + "/energy_value", text);
}

TEST(Odpm, HasEveryRailOfEveryDevice) {
  const Sys sys;
  sys.write("bus/iio/devices/iio:device2/name", "accelerometer");
  odpm(sys, 0, 100, {{"S2M_VDD_CPUCL2", 7000000}, {"S10M_VDD_TPU", 0}});
  odpm(sys, 1, 120, {{"VSYS_PWR_DISPLAY", 1}});
  const auto rails = source(sys, "auto");
  ASSERT_TRUE(rails);
  EXPECT_EQ(rails->title(), "ODPM");
  ASSERT_EQ(rails->rails().size(), 3u);
  EXPECT_EQ(rails->rails()[1].name, "S2M_VDD_CPUCL2");
  EXPECT_EQ(rails->rails()[0].clock, rails->rails()[1].clock);
  EXPECT_NE(rails->rails()[1].clock, rails->rails()[2].clock);
  EXPECT_THAT(joules(*rails,
                     [&] {
                       odpm(sys, 0, 350, {{"S2M_VDD_CPUCL2", 9500000}, {"S10M_VDD_TPU", 10}});
                     }),
              ElementsAre(DoubleEq(1e-5), DoubleEq(2.5), 0));
}

TEST(Odpm, TakesTheRailThatIsNamed) {
  const Sys sys;
  odpm(sys, 0, 100, {{"S2M_VDD_CPUCL2", 7000000}, {"S10M_VDD_TPU", 0}});
  const auto one = source(sys, "odpm:S2M_VDD_CPUCL2");
  ASSERT_EQ(one->rails().size(), 1u);
  odpm(sys, 0, 100, {{"S10M_VDD_TPU", 0}});
  EXPECT_THAT(why_none(*one), HasSubstr("S2M_VDD_CPUCL2 is not told any more"));
  EXPECT_ERROR(source(sys, "odpm:GPU"), IoError, "no rail GPU", "S10M_VDD_TPU");
}

TEST(Odpm, IsNotGuessedWhereASumGoesBack) {
  const Sys sys;
  odpm(sys, 0, 100, {{"A", 1000}});
  const auto rails = source(sys, "odpm");
  std::string why;
  ASSERT_TRUE(rails->read(why));
  odpm(sys, 0, 200, {{"A", 999}});
  EXPECT_THAT(why_none(*rails), HasSubstr("A went back"));
}

TEST(Odpm, ReadsLinesAsTheDriverWritesThemAndNoOthers) {
  const auto rails =
      odpm_rails_in("t=349\nCH0(T=349)[S10M_VDD_TPU], 2813\nCH1(T=349)[L2S VDD], 0\n");
  ASSERT_TRUE(rails);
  ASSERT_EQ(rails->size(), 2u);
  EXPECT_EQ((*rails)[0].name, "S10M_VDD_TPU");
  EXPECT_EQ((*rails)[0].microjoules, 2813);
  EXPECT_EQ((*rails)[1].name, "L2S VDD");
  EXPECT_EQ(odpm_rails_in("")->size(), 0u);
  for (const char* wrong :
       {"CH0(T=349)[S10M], -1", "CH0(T=349)[S10M]", "CH0[S10M], 1", "CH0(T=1)[], 1",
        "CH0(T=349)[S10M], 1x", "CH0(T=349)[S10M], 99999999999999999999", "CH"})
    EXPECT_FALSE(odpm_rails_in(wrong)) << wrong;
}

// ---- monitors of boards

std::optional<double> watts(const Sys& sys, const std::string& choice) {
  std::string why;
  const auto chosen = source(sys, choice);
  const auto values = chosen ? chosen->read(why) : std::nullopt;
  return values ? std::optional((*values)[0]) : std::nullopt;
}

// As the ina3221 driver shows a Jetson's: a label and millivolts, and milliamperes of the same
// number; a shunt's voltage is another number.
void jetson(const Sys& sys) {
  const std::string chip = "class/hwmon/hwmon1/";
  sys.write(chip + "name", "ina3221");
  int number = 0;
  for (const auto& [label, mv, ma] :
       {std::tuple("VDD_CPU_GPU_CV", 5000, 900), std::tuple("VDD_IN", 19200, 250),
        std::tuple("VDD_SOC", 5000, 300)}) {
    const std::string n = std::to_string(++number);
    sys.write(chip + "in" + n + "_label", label);
    sys.write(chip + "in" + n + "_input", mv);
    sys.write(chip + "curr" + n + "_input", ma);
    sys.write(chip + "in" + std::to_string(number + 3) + "_input", 2);
  }
}

TEST(Hwmon, TakesTheInputOfAJetsonByItsLabel) {
  const Sys sys;
  jetson(sys);
  EXPECT_DOUBLE_EQ(watts(sys, "auto").value(), 19.2 * 0.25);
  EXPECT_EQ(source(sys, "hwmon")->title(), "hwmon VDD_IN");
  EXPECT_DOUBLE_EQ(watts(sys, "hwmon:VDD_SOC").value(), 1.5);
}

TEST(Hwmon, DoesNotTakeAnotherRailForTheInput) {
  const Sys sys;
  sys.write("class/hwmon/hwmon0/name", "ina226");
  sys.write("class/hwmon/hwmon0/in1_input", 5000);
  sys.write("class/hwmon/hwmon0/curr1_input", -700);
  sys.write("class/hwmon/hwmon0/power1_input", 3475000);
  EXPECT_THAT(choose_energy_source("auto", sys.path()).why_not,
              HasSubstr("known as the machine's input, but ina226/1"));
  EXPECT_DOUBLE_EQ(watts(sys, "hwmon:ina226/1").value(), 3.475);  // its power, not in x curr
  std::filesystem::remove(sys / "class/hwmon/hwmon0/power1_input");
  EXPECT_DOUBLE_EQ(watts(sys, "hwmon:ina226/1").value(), 3.5);
  EXPECT_ERROR(source(sys, "hwmon:VDD_IN"), IoError, "has no VDD_IN, but ina226/1");
}

// ---- supplies

std::optional<double> supply_watts(const Sys& sys, std::string* why = nullptr) {
  std::string ignored;
  return power_now(sys.path(), why ? *why : ignored);
}

TEST(PowerSupply, CountsABatteryByItsStatusNotBySign) {
  for (const char* current : {"-500000", "500000"}) {
    const Sys sys;
    sys.supply("battery", {{"type", "Battery"},
                           {"status", "Discharging"},
                           {"current_now", current},
                           {"voltage_now", "4000000"}});
    EXPECT_DOUBLE_EQ(supply_watts(sys).value(), 2.0) << current;
  }
}

TEST(PowerSupply, IsNotReadWhileABatteryCharges) {
  const Sys sys;
  sys.supply("usb", {{"type", "USB"},
                     {"online", "1"},
                     {"input_current_now", "1000000"},
                     {"voltage_now", "5000000"}});
  sys.supply("battery", {{"type", "Battery"}, {"status", "Charging"}, {"power_now", "3000000"}});
  std::string why;
  EXPECT_FALSE(supply_watts(sys, &why));
  EXPECT_THAT(why, HasSubstr("'Charging'"));
  sys.supply("battery", {{"status", "Full"}});
  EXPECT_DOUBLE_EQ(supply_watts(sys).value(), 5.0);
  sys.supply("battery", {{"status", "Discharging"}});  // both feed
  EXPECT_DOUBLE_EQ(supply_watts(sys).value(), 8.0);
  std::filesystem::remove(sys / "class/power_supply/usb/input_current_now");
  EXPECT_FALSE(supply_watts(sys, &why));  // what comes in beside the battery is not told
  EXPECT_THAT(why, HasSubstr("usb: it is on"));
  sys.supply("usb", {{"online", "0"}});
  EXPECT_DOUBLE_EQ(supply_watts(sys).value(), 3.0);
  sys.supply("battery", {{"status", "Full"}});
  EXPECT_FALSE(supply_watts(sys));
}

TEST(PowerSupply, LeavesOutBatteriesOfOtherThings) {
  const Sys sys;
  sys.supply("mouse", {{"type", "Battery"},
                       {"scope", "Device"},
                       {"status", "Discharging"},
                       {"power_now", "1000000"},
                       {"charge_now", "1000"},
                       {"voltage_now", "1000"}});
  EXPECT_FALSE(supply_watts(sys));
  EXPECT_ERROR(source(sys, "charge_counter"), IoError, "has no battery");
}

TEST(PowerSupply, DoesNotGuessWhatAnUnknownStatusMeans) {
  const Sys sys;
  sys.supply("BAT0", {{"type", "Battery"}, {"status", "Unknown"}, {"power_now", "1000000"}});
  std::string why;
  EXPECT_FALSE(supply_watts(sys, &why));
  EXPECT_THAT(why, HasSubstr("'Unknown'"));
}

TEST(ChargeCounter, IsChargeTimesVoltageAndNeverTakenByItself) {
  const Sys sys;
  const auto set = [&](const char* charge, const char* status) {
    sys.supply("battery", {{"type", "Battery"},
                           {"status", status},
                           {"charge_counter", charge},
                           {"voltage_now", "3850000"}});
  };
  set("3000000", "Discharging");
  EXPECT_FALSE(source(sys, "auto"));
  const auto counter = source(sys, "charge_counter");
  // 2 mAh are 7.2 coulombs.
  EXPECT_THAT(joules(*counter, [&] { set("2998000", "Discharging"); }),
              ElementsAre(DoubleEq(7.2 * 3.85)));
  set("2999000", "Discharging");
  EXPECT_THAT(why_none(*counter), HasSubstr("went back"));
  set("2997000", "Charging");
  EXPECT_THAT(why_none(*counter), HasSubstr("'Charging'"));
}

// ---- the choice

TEST(EnergySources, EachHasAReasonWhereThereIsNone) {
  const Sys sys;
  const auto all = find_energy_sources(sys.path());
  ASSERT_EQ(all.size(), 6u);
  const std::string reason = choose_energy_source("auto", sys.path()).why_not;
  for (const FoundSource& one : all) {
    EXPECT_FALSE(one.source) << one.name;
    EXPECT_THAT(one.why_not, HasSubstr(sys.path().string())) << one.name;
    EXPECT_THAT(reason, HasSubstr(one.name + ": " + one.why_not));
  }
}

TEST(EnergySources, CountersComeFirst) {
  const Sys sys;
  sys.battery(2);
  jetson(sys);
  EXPECT_EQ(source(sys, "auto")->title(), "hwmon VDD_IN");
  EXPECT_EQ(source(sys, "power_supply")->title(), "power_supply");
  odpm(sys, 0, 1, {{"A", 1}});
  EXPECT_EQ(source(sys, "auto")->title(), "ODPM");
  sys.package(0, "package-0", 0, 1000);
  EXPECT_EQ(source(sys, "auto")->title(), "RAPL package");
}

TEST(EnergySources, RefusesWordsThatAreNoSource) {
  const Sys sys;
  for (const char* word : {"", "RAPL", "watts", "rapl:0", "hwmon:", "off:on"})
    EXPECT_ERROR(choose_energy_source(word, sys.path()), UsageError, "is no source of energy",
                 "power_supply");
  EXPECT_FALSE(source(sys, "off"));
  EXPECT_ERROR(source(sys, "rapl"), IoError, "has no RAPL package");
}

}  // namespace
}  // namespace nnstretch::measure

// An inference's energy on simulated machines, whose gauges change while it is measured.
#include "measure/energy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <random>
#include <thread>

#include "base/clock.h"
#include "measure/played_sys.h"

namespace nnstretch::measure {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing::Playing;
using Sys = testing::PlayedSys;

constexpr double kIdleW = 1.25, kWorkW = 4.5;

// Works for 2 ms a run, and says so: what is played draws more meanwhile.
struct Work {
  std::atomic<bool> on = false;
  std::atomic<int64_t> runs = 0;
  double watts() const { return on ? kWorkW : kIdleW; }
  std::function<void()> run() {
    return [this] {
      on = true;
      ++runs;
      std::this_thread::sleep_for(2ms);
    };
  }
};

EnergyResult measured(const Sys& sys, const std::string& choice, Work& work, double seconds) {
  const FoundSource found = choose_energy_source(choice, sys.path());
  if (!found.source) ADD_FAILURE() << found.why_not;
  return measure_energy(*found.source, work.run(), seconds, 1ms);
}

void expect_right(const EnergyResult& result, double off = 0.01) {
  ASSERT_TRUE(result.measured) << result.reason;
  const EnergyMeasured& found = *result.measured;
  const double us = found.seconds * 1e6 / static_cast<double>(found.inferences);
  EXPECT_NEAR(result.uj_per_inference, kWorkW * us, kWorkW * us * off);
  EXPECT_EQ(result.uj_per_inference, found.gross_uj.value);
  ASSERT_TRUE(found.net_uj) << found.no_net;
  const double net = (kWorkW - kIdleW) * us;
  EXPECT_NEAR(found.net_uj->value, net, net * off);
  EXPECT_NEAR(found.idle_w->value, kIdleW, kIdleW * off);
  for (const Bounded& one : {found.gross_uj, *found.net_uj, *found.idle_w, found.work_w}) {
    EXPECT_LT(one.low, one.value);
    EXPECT_GT(one.high, one.value);
    EXPECT_LT(one.high - one.low, one.value);
  }
}

// Joules since the beginning, whatever is drawn when: what a counter in silicon counts.
class Counting {
 public:
  explicit Counting(const Work& work) : work_(work) {}
  double joules(double seconds) {
    sum_ += work_.watts() * (seconds - last_);
    last_ = seconds;
    return sum_;
  }

 private:
  const Work& work_;
  double last_ = 0, sum_ = 0;
};

TEST(Energy, OfACounterThatWrapsIsRightWithinOnePercent) {
  constexpr int64_t kRange = 300'000;  // microjoules: a dozen times in the test
  const Sys sys;
  Work work;
  Counting counting(work);
  const auto play = [&](double seconds) {
    sys.package(0, "package-0", static_cast<int64_t>(counting.joules(seconds) * 1e6) % kRange,
                kRange);
  };
  play(0);
  const Playing playing(play, 5ms);
  expect_right(measured(sys, "auto", work, 0.6));
}

TEST(Energy, OfRailsIsTheirSumAndEach) {
  const Sys sys;
  Work work;
  Counting counting(work);
  const auto play = [&](double seconds) {
    const auto uws = static_cast<int64_t>(counting.joules(seconds) * 1e6);
    sys.write("bus/iio/devices/iio:device0/energy_value",
              "t=" + std::to_string(static_cast<int64_t>(seconds * 1e3)) + "\nCH0(T=1)[CPU], " +
                  std::to_string(uws / 4 * 3) + "\nCH1(T=1)[REST], " + std::to_string(uws / 4));
  };
  play(0);
  const Playing playing(play, 10ms);
  const EnergyResult result = measured(sys, "odpm", work, 1);
  expect_right(result);
  EXPECT_NEAR(result.measured->rails_uj.at("CPU"), result.uj_per_inference * 0.75,
              result.uj_per_inference * 0.001);
  EXPECT_NEAR(result.measured->rails_uj.at("REST"), result.uj_per_inference * 0.25,
              result.uj_per_inference * 0.001);
}

TEST(Energy, OfAGaugeWithFourUpdatesASecondIsRightWithinOnePercent) {
  const Sys sys;
  Work work;
  int updates = 0;
  const auto play = [&](double) { sys.battery(work.watts() + (++updates % 2 ? 0.004 : -0.004)); };
  play(0);
  const Playing playing(play, 250ms);
  expect_right(measured(sys, "auto", work, 4));
}

TEST(Energy, OfANoisyGaugeLiesInItsIntervalInNineteenOfTwenty) {
  int gross = 0, net = 0;
  for (uint32_t seed = 0; seed < 20; ++seed) {
    const Sys sys;
    Work work;
    std::mt19937 random(seed);
    std::normal_distribution<double> noise(0, 0.4);
    const auto play = [&](double) {
      const std::string chip = "class/hwmon/hwmon0/";
      sys.write(chip + "power1_label", "VDD_IN");
      sys.write(chip + "power1_input", static_cast<int64_t>((work.watts() + noise(random)) * 1e6));
    };
    play(0);
    const Playing playing(play, 4ms);
    const EnergyResult result = measured(sys, "hwmon", work, 1);
    ASSERT_TRUE(result.measured && result.measured->net_uj) << result.reason;
    const double us =
        result.measured->seconds * 1e6 / static_cast<double>(result.measured->inferences);
    const auto holds = [](const Bounded& one, double truth) {
      return one.low <= truth && truth <= one.high;
    };
    gross += holds(result.measured->gross_uj, kWorkW * us);
    net += holds(*result.measured->net_uj, (kWorkW - kIdleW) * us);
    EXPECT_LT(result.measured->gross_uj.high - result.measured->gross_uj.low, 0.5 * kWorkW * us);
  }
  EXPECT_GE(gross, 19);
  EXPECT_GE(net, 19);
}

void expect_none(const EnergyResult& result, const std::string& reason) {
  EXPECT_EQ(result.uj_per_inference, 0);
  EXPECT_FALSE(result.measured);
  EXPECT_THAT(result.reason, HasSubstr(reason));
  EXPECT_FALSE(result.source.empty());
}

TEST(Energy, OfTooFewUpdatesIsNoneAndSaysHowLongItTakes) {
  const Sys sys;
  Work work;
  int updates = 0;
  const auto play = [&](double) { sys.battery(work.watts() + 0.01 * (++updates % 2)); };
  play(0);
  const Playing playing(play, 100ms);
  expect_none(measured(sys, "auto", work, 0.5), "give `energy_seconds` ");
}

TEST(Energy, OfAGaugeThatStandsStillIsNone) {
  const Sys sys;
  sys.battery(3);
  Work work;
  expect_none(measured(sys, "auto", work, 0.05), "had 0 new values");
  EXPECT_GE(work.runs, 1);
}

// What happens once the network has run a hundred times.
void expect_none_when(const std::function<void(const Sys&)>& happens, const std::string& reason) {
  const Sys sys;
  Work work;
  int updates = 0;
  const auto play = [&](double) {
    if (work.runs > 100) return happens(sys);
    sys.battery(work.watts() + 0.01 * (++updates % 2));
  };
  play(0);
  const Playing playing(play, 5ms);
  expect_none(measured(sys, "auto", work, 0.45), reason);
}

TEST(Energy, IsNoneIfTheBatteryBeginsToCharge) {
  expect_none_when(
      [](const Sys& sys) {
        sys.supply("BAT0", {{"status", "Charging"}});
      },
      "'Charging'");
}

TEST(Energy, IsNoneIfAFileVanishesOrCannotBeRead) {
  expect_none_when(
      [](const Sys& sys) {
        std::error_code error;
        std::filesystem::remove(sys / "class/power_supply/BAT0/voltage_now", error);
      },
      "voltage_now: No such file");
  expect_none_when(
      [](const Sys& sys) {  // as a file is that a driver refuses; root may read any other
        std::error_code error;
        std::filesystem::remove(sys / "class/power_supply/BAT0/voltage_now", error);
        std::filesystem::create_directory(sys / "class/power_supply/BAT0/voltage_now", error);
      },
      "voltage_now: ");
  expect_none_when(
      [](const Sys& sys) {
        sys.supply("BAT0", {{"current_now", "n/a"}});
      },
      "'n/a' is not a number");
}

TEST(Energy, IsNoneIfACounterGoesBack) {
  const Sys sys;
  Work work;
  const auto play = [&](double seconds) {
    sys.package(0, "package-0", static_cast<int64_t>((work.runs > 100 ? -1 : 1) * seconds * 1e6),
                0);
  };
  play(0);
  const Playing playing(play, 5ms);
  expect_none(measured(sys, "rapl", work, 0.45), "the counter went back");
}

TEST(Energy, HasNoNetWhereTheIdleMachineTakesAsMuch) {
  const Sys sys;
  Work work;
  int updates = 0;
  const auto play = [&](double) { sys.battery((work.on ? 2.0 : 2.1) + 0.01 * (++updates % 2)); };
  play(0);
  const Playing playing(play, 5ms);
  const EnergyResult result = measured(sys, "auto", work, 0.3);
  ASSERT_TRUE(result.measured) << result.reason;
  EXPECT_GT(result.uj_per_inference, 0);
  EXPECT_FALSE(result.measured->net_uj);
  EXPECT_THAT(result.measured->no_net, HasSubstr("no more than idle"));
}

}  // namespace
}  // namespace nnstretch::measure

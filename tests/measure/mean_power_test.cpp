#include "measure/mean_power.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <random>

namespace nnstretch::measure {
namespace {

using Tells = EnergySource::Tells;

constexpr double kPollS = 0.02;

// Readings every 20 ms for so long of a source with a new value every `step_s`.
template <class Value>
std::vector<Reading> readings_of(double seconds, double step_s, const Value& value_of_step) {
  std::vector<Reading> readings;
  for (double at = 0; at < seconds; at += kPollS)
    readings.push_back({at * 1e6, value_of_step(static_cast<int>(at / step_s))});
  return readings;
}

TEST(MeanPower, OfACounterIsWhatItRoseBy) {
  // 3 W, a new value every quarter of a second: what stands there is that of its last new value.
  const auto counter = [](int step) { return std::vector{3 * 0.25 * step}; };
  const MeanPower power =
      mean_power(readings_of(10.1, 0.25, counter), std::vector<Rail>{{"all"}}, Tells::joules);
  EXPECT_NEAR(power.watts, 3, 3 * 0.01);
  EXPECT_LE(std::abs(power.watts - 3), power.half_width);
  EXPECT_LT(power.half_width, 3 * 0.03);
  EXPECT_EQ(power.updates, 39);
}

// As of a busy machine, where some readings come late: a counter has counted all the same.
TEST(MeanPower, OfACounterDoesNotSufferFromUnevenReadings) {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> gap(0.005, 0.08);
  std::vector<Reading> readings;
  for (double at = 0; at < 5; at += gap(random))
    readings.push_back({at * 1e6, {3 * std::floor(at * 1e3) * 1e-3}});
  const MeanPower power = mean_power(readings, std::vector<Rail>{{"all"}}, Tells::joules);
  EXPECT_NEAR(power.watts, 3, 3 * 0.001);
  EXPECT_LT(power.half_width, 3 * 0.03);
}

TEST(MeanPower, OfAGaugeIsEachValueForAsLongAsItStood) {
  // A value that comes twice is one that stands twice as long: the mean is 2 W, not 2.5 W.
  const auto gauge = [](int step) { return std::vector{step % 3 == 0 ? 4.0 : 1.0}; };
  const MeanPower power =
      mean_power(readings_of(30.1, 0.25, gauge), std::vector<Rail>{{"all"}}, Tells::watts);
  EXPECT_NEAR(power.watts, 2, 0.04);
}

TEST(MeanPower, LeavesOutWhatAGaugeShowedOfTheTimeBefore) {
  // It had 100 W a moment ago; its first new value is a mean with some of that.
  const auto gauge = [](int step) {
    return std::vector{step == 0 ? 100.0 : step == 1 ? 40.0 : 2 + 0.01 * (step % 2)};
  };
  const MeanPower power =
      mean_power(readings_of(5.1, 0.25, gauge), std::vector<Rail>{{"all"}}, Tells::watts);
  EXPECT_NEAR(power.watts, 2, 0.02);
}

TEST(MeanPower, HasTheTruthInItsInterval) {
  for (const bool counts : {false, true}) {
    int inside = 0;
    for (uint32_t seed = 0; seed < 400; ++seed) {
      std::mt19937 random(seed);
      std::normal_distribution<double> noise(0, 0.3);
      std::vector<double> values;
      double joules = 0;
      for (int i = 0; i < 60; ++i) {
        const double watts = 5 + noise(random);
        joules += watts * 0.25;
        values.push_back(counts ? joules : watts);
      }
      const auto power = mean_power(
          readings_of(4.0, 0.25,
                      [&](int step) { return std::vector{values[static_cast<size_t>(step)]}; }),
          std::vector<Rail>{{"all"}}, counts ? Tells::joules : Tells::watts);
      inside += std::abs(power.watts - 5) <= power.half_width;
      EXPECT_LT(power.half_width, 0.95);
    }
    EXPECT_GE(inside, 392) << counts;  // 98 %, of an interval of 99.7 %
  }
}

TEST(MeanPower, AddsRailsUpEachByItsOwnClock) {
  const std::vector<Rail> rails = {{"cpu", 0}, {"tpu", 0}, {"display", 1}};
  std::vector<Reading> readings;
  for (double at = 0; at < 20; at += kPollS) {
    const double first = 0.25 * std::floor(at / 0.25), second = 0.9 * std::floor(at / 0.9);
    readings.push_back({at * 1e6, {2 * first, 0, 0.5 * second}});
  }
  const MeanPower power = mean_power(readings, rails, Tells::joules);
  EXPECT_NEAR(power.rail_watts.at(0), 2, 0.02);
  EXPECT_EQ(power.rail_watts.at(1), 0);
  EXPECT_NEAR(power.rail_watts.at(2), 0.5, 0.01);
  EXPECT_NEAR(power.watts, 2.5, 0.025);
  EXPECT_EQ(power.updates, 21);  // of the slower one
}

TEST(MeanPower, OfASourceThatStandsStillIsNone) {
  const auto still = [](int) { return std::vector{3.0}; };
  for (const Tells tells : {Tells::joules, Tells::watts})
    EXPECT_EQ(mean_power(readings_of(5, 1, still), std::vector<Rail>{{"all"}}, tells).updates, 0);
  EXPECT_EQ(mean_power({}, std::vector<Rail>{{"all"}}, Tells::watts).updates, 0);
}

}  // namespace
}  // namespace nnstretch::measure

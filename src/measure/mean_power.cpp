#include "measure/mean_power.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace nnstretch::measure {
namespace {

using Tells = EnergySource::Tells;
using Rails = std::vector<size_t>;  // those of one clock

// Between two readings. The time is that of the second: of a source with many new values between
// two readings it is right, else late by less than the gap.
struct Change {
  double at_us, gap_us;
  const Reading* reading;
};

// From one change to another.
struct Step {
  double seconds;
  double watts;  // of all rails of the clock
};

std::vector<Change> changes_of(std::span<const Reading> readings, const Rails& rails) {
  std::vector<Change> changes;
  for (size_t i = 1; i < readings.size(); ++i) {
    const Reading &before = readings[i - 1], &now = readings[i];
    const auto is_new = [&](size_t rail) { return now.values[rail] != before.values[rail]; };
    if (std::ranges::any_of(rails, is_new))
      changes.push_back({now.at_us, now.at_us - before.at_us, &now});
  }
  return changes;
}

double sum_of(const Reading& reading, const Rails& rails) {
  double sum = 0;
  for (const size_t rail : rails) sum += reading.values[rail];
  return sum;
}

// What a rail draws from change i to the next.
double watts_of(std::span<const Change> changes, size_t i, const Rails& rails, Tells tells) {
  const double now = sum_of(*changes[i].reading, rails);
  if (tells == Tells::watts) return now;
  return (sum_of(*changes[i + 1].reading, rails) - now) /
         (changes[i + 1].at_us - changes[i].at_us) * 1e6;
}

std::vector<Step> steps_of(std::span<const Change> changes, const Rails& rails, Tells tells) {
  std::vector<Step> steps;
  for (size_t i = 0; i + 1 < changes.size(); ++i)
    steps.push_back(
        {(changes[i + 1].at_us - changes[i].at_us) * 1e-6, watts_of(changes, i, rails, tells)});
  return steps;
}

double mean_of(std::span<const Step> steps) {
  double joules = 0, seconds = 0;
  for (const Step& step : steps) joules += step.watts * step.seconds, seconds += step.seconds;
  return joules / seconds;
}

// Student's t that leaves 0.15 % on either side, by the expansion of Cornish and Fisher: 1 % too
// small at 9 degrees, less above.
double student(double degrees) {
  constexpr double z = 2.9677379, z3 = z * z * z, z5 = z3 * z * z;
  const double n = std::max(degrees, 1.0);
  return z + (z3 + z) / (4 * n) + (5 * z5 + 16 * z3 + 3 * z) / (96 * n * n);
}

// Neighbours put together, so that twenty at most are left: what a reading was late by makes one
// step too large and the next too small, and counts for less in longer ones.
std::vector<Step> blocks_of(std::span<const Step> steps) {
  const size_t blocks = std::min<size_t>(steps.size(), 20);
  std::vector<Step> all;
  for (size_t i = 0; i < blocks; ++i) {
    const size_t begin = steps.size() * i / blocks, end = steps.size() * (i + 1) / blocks;
    const auto block = steps.subspan(begin, end - begin);
    double seconds = 0;
    for (const Step& step : block) seconds += step.seconds;
    all.push_back({seconds, mean_of(block)});
  }
  return all;
}

double scatter_of(std::span<const Step> all, double mean) {
  const std::vector<Step> steps = blocks_of(all);
  double squares = 0, products = 0, seconds = 0, of_weights = 0;
  for (size_t i = 0; i < steps.size(); ++i) {
    const double off = steps[i].watts - mean;
    squares += off * off;
    if (i > 0) products += off * (steps[i - 1].watts - mean);
    seconds += steps[i].seconds, of_weights += steps[i].seconds * steps[i].seconds;
  }
  if (squares == 0) return 0;
  const double n = static_cast<double>(steps.size());
  const double alike = std::clamp(products / squares, 0.0, 0.9);  // a step and its neighbour
  return student(n - 1) * std::sqrt(squares / (n - 1) * of_weights * (1 + alike) / (1 - alike)) /
         seconds;
}

double least_difference(std::span<const Step> steps) {
  double least = std::numeric_limits<double>::infinity();
  for (size_t i = 1; i < steps.size(); ++i)
    if (const double difference = std::abs(steps[i].watts - steps[i - 1].watts); difference > 0)
      least = std::min(least, difference);
  return std::isfinite(least) ? least : 0;
}

double of_own_steps(std::span<const Change> changes, std::span<const Step> steps, double mean,
                    Tells tells) {
  if (tells == Tells::watts) return least_difference(steps) / 2;
  const double late_us = std::max(changes.front().gap_us, changes.back().gap_us);
  return mean * late_us / (changes.back().at_us - changes.front().at_us);
}

std::map<int, Rails> by_clock(std::span<const Rail> rails) {
  std::map<int, Rails> clocks;
  for (size_t i = 0; i < rails.size(); ++i) clocks[rails[i].clock].push_back(i);
  return clocks;
}

}  // namespace

MeanPower mean_power(std::span<const Reading> readings, std::span<const Rail> rails, Tells tells) {
  MeanPower all{.updates = std::numeric_limits<int>::max()};
  all.rail_watts.resize(rails.size());
  for (const auto& [clock, of_clock] : by_clock(rails)) {
    std::vector<Change> changes = changes_of(readings, of_clock);
    if (tells == Tells::watts && !changes.empty()) changes.erase(changes.begin());
    const std::vector<Step> steps = steps_of(changes, of_clock, tells);
    if (steps.size() < 2) return {};
    const double mean = mean_of(steps);
    all.watts += mean;
    all.half_width += scatter_of(steps, mean) + of_own_steps(changes, steps, mean, tells);
    all.updates = std::min(all.updates, static_cast<int>(steps.size()));
    for (const size_t rail : of_clock)
      all.rail_watts[rail] = mean_of(steps_of(changes, {rail}, tells));
  }
  return all;
}

}  // namespace nnstretch::measure

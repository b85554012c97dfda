// What a computer draws from its batteries and USB supplies: power, sampled and summed up.
#pragma once
#include <span>

#include "measure/energy.h"

namespace nnstretch::measure {

struct PowerSample {
  double at_us = 0;
  double watts = 0;
};
// The area under the samples, straight lines between them; joules.
double integrate(std::span<const PowerSample> samples);

// What is drawn now, in watts: what comes in by USB, plus what batteries give, minus what charges
// them. Nothing, and why, if that cannot be told: no supply, a battery that charges from a supply
// that does not tell its current, files that cannot be read.
// current_now is uA, voltage_now uV, power_now uW; their sign differs between drivers, the
// battery's status does not.
std::optional<double> power_now(const std::filesystem::path& sysfs, std::string& why_not);

// Samples on a thread of its own, 50 times a second: the gauges of phones are not faster.
std::unique_ptr<EnergyMeter> find_power_supply(const std::filesystem::path& sysfs,
                                               std::string& why_not);

}  // namespace nnstretch::measure

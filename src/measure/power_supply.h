// What a computer draws from its batteries and USB supplies, as class/power_supply tells it.
// current_now is uA, voltage_now uV, power_now uW; their sign differs between drivers, the
// battery's status does not.
#pragma once
#include "measure/energy_source.h"

namespace nnstretch::measure {

// What is drawn now, in watts: what comes in by USB or mains, plus what batteries give. Nothing,
// and why, if that cannot be told: no supply, files that cannot be read, a supply that is on and
// does not tell its power beside a battery that gives some; and a battery that charges: how much of
// what comes in is lost on the way into it is not told.
std::optional<double> power_now(const std::filesystem::path& sysfs, std::string& why_not);

// That as one rail. The gauges of phones have a new value every quarter of a second to every few
// seconds.
std::unique_ptr<EnergySource> find_power_supply(const std::filesystem::path& sysfs,
                                                std::string_view rail, std::string& why_not);

// The charge left in a battery that gives (charge_counter or charge_now, uAh, times its voltage;
// energy_now, uWh): a rail for each battery. It moves by so little that it serves for minutes.
std::unique_ptr<EnergySource> find_charge_counter(const std::filesystem::path& sysfs,
                                                  std::string_view rail, std::string& why_not);

}  // namespace nnstretch::measure

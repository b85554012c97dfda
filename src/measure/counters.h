// Energy counters: the difference between two readings is the energy between them.
#pragma once
#include "measure/energy.h"

namespace nnstretch::measure {

// Intel and AMD packages under class/powercap (intel-rapl:N). Readable by root only on most
// systems. A counter that passes its end once between start and stop is understood; twice is not (a
// package at 100 W needs most of an hour). Null if there is none, and why.
std::unique_ptr<EnergyMeter> find_rapl(const std::filesystem::path& sysfs, std::string& why_not);

// Sockets of the amd_energy driver under class/hwmon.
std::unique_ptr<EnergyMeter> find_amd_energy(const std::filesystem::path& sysfs,
                                             std::string& why_not);

}  // namespace nnstretch::measure

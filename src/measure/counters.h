// Energy counters of processors: the difference between two readings is the energy between them.
#pragma once
#include "measure/energy_source.h"

namespace nnstretch::measure {

// Intel and AMD packages under class/powercap (intel-rapl:N), each a rail. Readable by root only on
// most systems. Null if there is none, and why.
std::unique_ptr<EnergySource> find_rapl(const std::filesystem::path& sysfs, std::string_view rail,
                                        std::string& why_not);

// Sockets of the amd_energy driver under class/hwmon.
std::unique_ptr<EnergySource> find_amd_energy(const std::filesystem::path& sysfs,
                                              std::string_view rail, std::string& why_not);

}  // namespace nnstretch::measure

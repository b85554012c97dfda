// Power monitors of boards under class/hwmon: INA2xx, the INA3221 of Jetson boards, and others.
// Their files, each with the number N of its channel:
//     powerN_input        microwatts
//     inN_input           millivolts, and currN_input, milliamperes, where no power is told
//     powerN_label, inN_label, currN_label      what the channel is, "VDD_IN"
#pragma once
#include "measure/energy_source.h"

namespace nnstretch::measure {

// One channel: the input of the machine, by its label; or the one that is named, by its label or as
// "CHIP/N", such as "ina226/1". Other channels are pieces of a machine, or something else: which of
// them add up to the whole is not told. Null if there is none, and why, with the names of those
// that are there.
std::unique_ptr<EnergySource> find_hwmon(const std::filesystem::path& sysfs, std::string_view rail,
                                         std::string& why_not);

}  // namespace nnstretch::measure

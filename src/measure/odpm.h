// The rail monitors of phones ("ODPM", as Google's Pixel have them): running sums of energy, a rail
// each. Their file under bus/iio/devices/iio:deviceN, energy_value, is
//     t=4021364
//     CH0(T=4021364)[S10M_VDD_TPU], 2813772
//     CH1(T=4021364)[VSYS_PWR_MODEM], 81190427
// milliseconds and microwatt-seconds since the phone started.
#pragma once
#include <cstdint>

#include "measure/energy_source.h"

namespace nnstretch::measure {

struct OdpmRail {
  std::string name;
  int64_t microjoules = 0;
};
// The rails in the text of one device; other lines are passed over. Nothing for a line of a channel
// that cannot be read as above.
std::optional<std::vector<OdpmRail>> odpm_rails_in(std::string_view text);

// All rails of all devices, or the one that is named. Which there are differs between models: their
// sum is of what is monitored. Null if there is none, and why.
std::unique_ptr<EnergySource> find_odpm(const std::filesystem::path& sysfs, std::string_view rail,
                                        std::string& why_not);

}  // namespace nnstretch::measure

#include "engines/openvino/devices.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "engines/openvino/core.h"

namespace nnstretch::engines::openvino {
namespace {

struct Reachable {
  std::string_view ours, why_not;
};
constexpr std::array<Reachable, 3> kDevices = {{
    {"cpu", "OpenVINO's CPU plugin does not load"},
    {"gpu", "OpenVINO sees no Intel GPU with a compute driver"},
    {"npu", "OpenVINO sees no Intel NPU with a driver"},
}};

bool is_among(const std::vector<std::string>& available, const std::string& device) {
  return std::any_of(available.begin(), available.end(), [&](const std::string& name) {
    return name == device || name.starts_with(device + ".");  // "GPU.0" of several
  });
}

}  // namespace

bool is_device(std::string_view name) {
  return std::any_of(kDevices.begin(), kDevices.end(),
                     [&](const Reachable& device) { return device.ours == name; });
}

std::vector<DeviceInfo> describe_devices(
    const std::vector<std::string>& available,
    const std::function<std::string(const std::string& device)>& full_name) {
  std::vector<DeviceInfo> devices;
  for (const auto& [ours, why_not] : kDevices) {
    DeviceInfo& device = devices.emplace_back();
    device.name = ours;
    device.usable = false;
    device.why_not = why_not;
    const std::string theirs = device_name(device.name);
    if (is_among(available, theirs)) try {
        device.full_name = full_name(theirs);
        device.usable = true;
        device.why_not.clear();
      } catch (const std::exception& error) {
        device.why_not =
            fmt::format("OpenVINO cannot ask the {}: {}", theirs, first_useful_line(error.what()));
      }
  }
  return devices;
}

}  // namespace nnstretch::engines::openvino

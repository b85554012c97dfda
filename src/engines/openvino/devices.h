// The library's devices in this program's words.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engines/engine.h"

namespace nnstretch::engines::openvino {

// "cpu", "gpu" or "npu".
bool is_device(std::string_view name);

// All three. `available`: those the library finds, as it spells them: "CPU", "GPU.0". `full_name`
// asks it for one; where that throws, that device cannot be used, with the library's reason.
std::vector<DeviceInfo> describe_devices(
    const std::vector<std::string>& available,
    const std::function<std::string(const std::string& device)>& full_name);

}  // namespace nnstretch::engines::openvino

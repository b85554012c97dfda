#include "nnstretch/engines.h"

#include "api/call.h"
#include "api/here.h"

namespace nnstretch {

std::vector<Device> devices() {
  return api::made([] {
    std::vector<Device> devices;
    for (const auto& engine : api::here().engines.all())
      for (const engines::DeviceInfo& device : engine->devices())
        devices.push_back({.engine = engine->name(),
                           .version = engine->version(),
                           .name = device.name,
                           .full_name = device.full_name,
                           .usable = device.usable,
                           .why_not = device.why_not});
    return devices;
  });
}

void look_for_engines_in(const std::filesystem::path& folder) {
  api::translated([&] { api::look_for_libraries_in(folder); });
}

}  // namespace nnstretch

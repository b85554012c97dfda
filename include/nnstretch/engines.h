// Which engines and devices there are, and where their libraries come from.
//     for (const nnstretch::Device& device : nnstretch::devices())
//       std::printf("%s %s\n", device.engine.c_str(), device.name.c_str());
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace nnstretch {

// What an engine reaches, or why it does not.
struct Device {
  std::string engine, version;  // "openvino", "2026.4.1"; no version: it is not installed
  std::string name;             // as a machine file calls it: "cpu", "gpu", "npu", "htp"
  std::string full_name;        // "AMD EPYC 9B14"
  bool usable = true;
  std::string why_not;  // one sentence, if not usable
};
// Of all engines; opens each.
std::vector<Device> devices();

// Libraries that an engine opens by name (those of qnn) are looked for below `folder`, as
// scripts/setup of nnstretch unpacks them. Without this call: below $NNSTRETCH_DEPS, else beside
// the modules of the engines, which are where libnnstretch_modules.so is. Nothing else is ever
// opened. UsageError once an engine was asked for.
void look_for_engines_in(const std::filesystem::path& folder);

}  // namespace nnstretch

// Engines and devices that a machine may lack.
#pragma once
#include <algorithm>
#include <cstdlib>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engines/list.h"

namespace nnstretch::testing {

// Why a device of an engine cannot be used here, in the engine's own words; nothing if it can. For
// GTEST_SKIP(): scripts/setup --tests installs all that tests need, and CI takes a skipped test for
// a failure (scripts/test-summary).
// A GPU is always SwiftShader's, unless $VK_ICD_FILENAMES names another driver: it computes the
// same everywhere.
inline std::optional<std::string> why_absent(const engines::Engine& engine,
                                             std::string_view device) {
  constexpr int kKeepOther = 0;
  ::setenv("VK_ICD_FILENAMES", "/usr/lib/chromium/vk_swiftshader_icd.json", kKeepOther);
  const auto devices = engine.devices();
  for (const engines::DeviceInfo& found : devices)
    if (found.name == device && !found.usable) return found.why_not;
  if (std::ranges::none_of(devices, &engines::DeviceInfo::usable)) return devices.front().why_not;
  return {};
}

// Those of these engines that are in this build: what a test does with each of several.
inline std::vector<std::string> in_build(std::initializer_list<const char*> names) {
  std::vector<std::string> built;
  for (const char* name : names)
    if (engines::is_built(name)) built.emplace_back(name);
  return built;
}

}  // namespace nnstretch::testing

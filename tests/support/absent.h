// Engines and devices that a machine may lack.
#pragma once
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "engines/engine.h"

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
  for (const engines::DeviceInfo& found : engine.devices())
    if (found.name == device && !found.usable) return found.why_not;
  return {};
}

}  // namespace nnstretch::testing

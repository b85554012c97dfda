// Engines and devices that a machine may lack.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "engines/engine.h"

namespace nnstretch::testing {

// Why a device of an engine cannot be used here, in the engine's own words; nothing if it can. For
// GTEST_SKIP(): scripts/setup --tests installs all that tests need, and CI takes a skipped test for
// a failure (scripts/test-summary).
inline std::optional<std::string> why_absent(const engines::Engine& engine,
                                             std::string_view device) {
  for (const engines::DeviceInfo& found : engine.devices())
    if (found.name == device && !found.usable) return found.why_not;
  return {};
}

}  // namespace nnstretch::testing

// The machine at the other end of a cable, as a result tells it beside what was measured there.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

namespace nnstretch::measure {

struct DeviceFacts {
  std::string name;                        // "adb 0A041FDD4003BM", "ssh pi@board"
  std::string model, soc, system, kernel;  // as it tells them; empty: it does not
  std::string architecture;                // "aarch64"
  std::optional<int64_t> page_bytes = {};
  std::string bundle;  // of the program that ran there: a hash of its content
  bool root = false;   // it ran as root
  std::optional<int> battery_percent = {};
  std::optional<bool> plugged = {};
  std::optional<double> battery_c = {};
};

// "adb 0A041FDD4003BM: Pixel 6, GS101": what it is, in one line.
inline std::string said_of(const DeviceFacts& device) {
  std::string text = device.name;
  const char* before = ": ";
  for (const std::string* word : {&device.model, &device.soc}) {
    if (word->empty()) continue;
    text += before + *word;
    before = ", ";
  }
  return text;
}

}  // namespace nnstretch::measure

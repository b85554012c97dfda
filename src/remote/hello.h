// What another machine says of itself when it is reached: one command, read here.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "measure/device.h"

namespace nnstretch::remote {

struct Hello {
  measure::DeviceFacts device;  // what it tells; its name, bundle and root are not among it
  std::string folder;           // ours there, absolute; empty: it could not be made or written
  std::string refusal;          // why, or why no program may be started there; empty: all is well
  std::optional<int64_t> free_bytes = {};  // there; nothing where the system does not tell
  std::set<std::string> pushed = {};       // names of what lies there, all of it whole
  std::map<std::string, std::string> versions = {};  // of the programs of bundles, by those names
  int user = 0;                                      // number; 0: root

  std::string in(const std::string& name) const { return folder + "/" + name; }
};

// For its shell, of less than four kilobytes: old phones take no more. `folder` is a word of that
// shell. What an earlier cut left unfinished there is removed.
std::string hello_command(const std::string& folder);
// Of its output. What is not understood is not told. FormatError if it is no such output at all.
Hello hello_in(std::string_view output, const std::string& where);

// `getprop`: "[ro.product.model]: [Pixel 6]" a line; values may have several lines.
std::map<std::string, std::string> properties_in(std::string_view text);
// os-release: NAME="a value"
std::map<std::string, std::string> release_in(std::string_view text);
// Free bytes, of the last line of `df -Pk`.
std::optional<int64_t> free_bytes_in(std::string_view df);

}  // namespace nnstretch::remote

// What a number was measured with: without it nobody can repeat it.
#pragma once
#include <map>
#include <optional>
#include <string>

#include "measure/machine_state.h"
#include "plan/surroundings.h"

namespace nnstretch::measure {

struct Context {
  std::string version, commit;  // of this program; "-dirty" behind it if files had changed
  std::map<std::string, std::optional<std::string>> engines;  // versions; none: not usable here
  std::string cpu;
  size_t cores = 0;  // that might be used
  std::string kernel;
  double load_1min = -1;  // -1: not known
  std::string time;       // UTC, ISO 8601
  MachineState state;
};

Context context_of(const plan::Surroundings& here);

// "0.1.0 (3f2a1bc-dirty)"
std::string program_version();

}  // namespace nnstretch::measure

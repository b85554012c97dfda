#include "measure/context.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <fstream>

#include "base/clock.h"
#include "base/cpu.h"
#include "version.h"

namespace nnstretch::measure {
namespace {

std::map<std::string, std::optional<std::string>> engine_versions(
    const engines::EngineList& engines) {
  std::map<std::string, std::optional<std::string>> versions;
  for (const auto& engine : engines.all()) {
    const std::string version = engine->version();
    versions[engine->name()] = version.empty() ? std::nullopt : std::optional(version);
  }
  return versions;
}

// Of the last minute; -1 where the system does not tell.
double load_1min() {
  double load = -1;
  return std::ifstream("/proc/loadavg") >> load ? load : -1;
}

}  // namespace

std::string program_version() {
  return fmt::format("{} ({})", NNSTRETCH_VERSION, NNSTRETCH_COMMIT);
}

Context context_of(const plan::Surroundings& here) {
  utsname system{};
  ::uname(&system);
  return {.version = NNSTRETCH_VERSION,
          .commit = NNSTRETCH_COMMIT,
          .engines = engine_versions(here.engines),
          .cpu = fmt::format("{} ({})", cpu_model(), cpu_instructions()),
          .cores = here.topology.cores.size(),
          .kernel = fmt::format("{} {}", system.sysname, system.release),
          .load_1min = load_1min(),
          .time = utc_now(),
          .state = machine_state(here.cores())};
}

}  // namespace nnstretch::measure

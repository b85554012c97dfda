#include "pipeline/context.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/utsname.h>

#include <cstdlib>
#include <string>

#include "base/cpu.h"
#include "base/threads.h"
#include "engines/list.h"
#include "version.h"

namespace nnstretch::pipeline {
Json to_json(const measure::MachineState& state) {
  Json clocks = nullptr;
  for (const auto& [core, mhz] : state.frequency_mhz) clocks[std::to_string(core)] = mhz;
  return {{"governor", state.governor ? Json(*state.governor) : Json(nullptr)},
          {"frequency_mhz", clocks},
          {"hottest_c", state.hottest_c ? Json(*state.hottest_c) : Json(nullptr)}};
}

std::string program_version() {
  return fmt::format("{} ({})", NNSTRETCH_VERSION, NNSTRETCH_COMMIT);
}

Json version_of(const engines::Engine& engine) {
  const std::string version = engine.version();
  return version.empty() ? Json(nullptr) : Json(version);
}

Json context() {
  Json engines = Json::object();
  for (const auto& engine : engines::all_engines()) engines[engine->name()] = version_of(*engine);
  utsname system{};
  ::uname(&system);
  double load[3] = {0, 0, 0};
  if (::getloadavg(load, 3) < 1) load[0] = -1;
  Json context = {{"version", NNSTRETCH_VERSION},
                  {"commit", NNSTRETCH_COMMIT},
                  {"engines", engines},
                  {"cpu", fmt::format("{} ({})", cpu_model(), cpu_instructions())},
                  {"cores", allowed_cores().size()},
                  {"kernel", fmt::format("{} {}", system.sysname, system.release)},
                  {"load_1min", load[0]},
                  {"time", fmt::format("{:%FT%TZ}", fmt::gmtime(std::time(nullptr)))}};
  context.update(to_json(measure::machine_state(allowed_cores())));
  return context;
}

}  // namespace nnstretch::pipeline

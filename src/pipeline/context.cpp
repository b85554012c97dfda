#include "pipeline/context.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/utsname.h>

#include <cstdlib>
#include <string>

#include "base/cpu.h"
#include "base/threads.h"
#include "engines/list.h"
#include "measure/machine_state.h"
#include "version.h"

namespace nnstretch::pipeline {
namespace {

// Clock, governor and temperature now; null where the system does not tell.
void add_state(Json& context) {
  const auto state = measure::machine_state(allowed_cores());
  context["governor"] = state.governor ? Json(*state.governor) : Json(nullptr);
  context["frequency_mhz"] = nullptr;
  for (const auto& [core, mhz] : state.frequency_mhz)
    context["frequency_mhz"][std::to_string(core)] = mhz;
  context["hottest_c"] = state.hottest_c ? Json(*state.hottest_c) : Json(nullptr);
}

}  // namespace

std::string program_version() {
  return fmt::format("{} ({})", NNSTRETCH_VERSION, NNSTRETCH_COMMIT);
}

Json context() {
  Json engines = Json::object();
  for (const auto& engine : engines::all_engines()) engines[engine->name()] = engine->version();
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
  add_state(context);
  return context;
}

}  // namespace nnstretch::pipeline

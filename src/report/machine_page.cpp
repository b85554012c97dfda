#include "report/machine_page.h"

#include <fmt/ranges.h>

#include <sstream>

#include "base/cpu.h"
#include "measure/context.h"
#include "report/fields.h"

namespace nnstretch::report {
namespace {

Json cores_json(const Topology& topology) {
  Json cores = Json::array();
  for (const auto& core : topology.cores)
    cores.push_back({{"id", core.id},
                     {"capacity", core.capacity},
                     {"first_sibling", core.first_sibling},
                     {"cache", core.cache},
                     {"node", core.node}});
  return cores;
}

Json devices_json(const engines::EngineList& engines) {
  Json devices = Json::array();
  for (const auto& engine : engines.all())
    for (const auto& device : engine->devices())
      devices.push_back(
          {{"engine", engine->name()},
           {"version", engine->version().empty() ? Json(nullptr) : Json(engine->version())},
           {"device", device.name},
           {"name", device.full_name},
           {"usable", device.usable},
           {"why_not", device.why_not}});
  return devices;
}

// By name: null where it can be read, else why not.
Json energy_json(const std::vector<EnergyTold>& sources) {
  Json json = Json::object();
  for (const EnergyTold& one : sources)
    json[one.name] = one.why_not.empty() ? Json(nullptr) : Json(one.why_not);
  return json;
}

// The first that can be read; "none" and the reasons.
std::string said_of(const std::vector<EnergyTold>& sources) {
  std::string reasons;
  for (const EnergyTold& one : sources) {
    if (one.why_not.empty()) return one.title;
    reasons += fmt::format("{}{}: {}", reasons.empty() ? "" : "; ", one.name, one.why_not);
  }
  return "none: " + reasons;
}

Json json_of(const MachineInfo& info) {
  Json notes = Json::array();
  for (const auto& note : info.machine.notes) notes.push_back(note.text);
  return {{"schema", 1},
          {"cores", cores_json(info.here.topology)},
          {"devices", devices_json(info.here.engines)},
          {"energy", said_of(info.energy)},
          {"energy_sources", energy_json(info.energy)},
          {"processors", nnstretch::to_json(info.machine.processors)},
          {"notes", notes},
          {"context", nnstretch::to_json(measure::context_of(info.here))}};
}

void add_devices(Page& page, const engines::EngineList& engines) {
  Table& devices =
      page.table({"engine", "version", "device", "what it is, or why it cannot be used"},
                 {true, true, true, true});
  for (const auto& engine : engines.all())
    for (const auto& device : engine->devices())
      devices.add({engine->name(), engine->version().empty() ? "-" : engine->version(), device.name,
                   device.usable ? device.full_name : "no: " + device.why_not});
}

}  // namespace

Report report_of(const MachineInfo& info) {
  Report report{.page = {}, .json = json_of(info)};
  Page& page = report.page;
  page.line("{} ({})", cpu_model(), cpu_instructions());
  Table& cores = page.table({"core", "capacity", "sibling of", "cache", "node"});
  for (const auto& core : info.here.topology.cores)
    cores.add({std::to_string(core.id), std::to_string(core.capacity),
               std::to_string(core.first_sibling), std::to_string(core.cache),
               std::to_string(core.node)});
  page.space();
  add_devices(page, info.here.engines);
  page.space();
  Table& energy = page.table({"energy", "what tells it, or why it does not"}, {true, true});
  for (const EnergyTold& one : info.energy)
    energy.add({one.name, one.why_not.empty() ? one.title : "no: " + one.why_not});
  page.space();
  page.line("a network for {} would run on", fmt::format("{}", fmt::join(info.roles, ", ")));
  std::istringstream file(plan::write_machine(info.machine));
  for (std::string line; std::getline(file, line);) page.line("{}", line);
  return report;
}

}  // namespace nnstretch::report

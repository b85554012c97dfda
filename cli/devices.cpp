// nnstretch devices: what this machine has, and why the rest is not usable.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <memory>

#include "base/cpu.h"
#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/show.h"
#include "engines/list.h"
#include "measure/energy.h"
#include "pipeline/context.h"
#include "runtime/machine.h"

namespace nnstretch::cli {
namespace {

struct Options {
  std::filesystem::path json, write;
  std::vector<std::string> roles = {"cpu", "dsp", "gpu"};
};

// What energy is read from, or why nothing is.
std::string energy_source() {
  const auto meter = measure::find_energy_meter();
  meter->start();
  const auto energy = meter->stop();
  return energy.joules ? energy.source : "none: " + energy.reason;
}

pipeline::Json to_json(const Topology& topology, const runtime::Machine& machine) {
  pipeline::Json cores = pipeline::Json::array();
  for (const auto& core : topology.cores)
    cores.push_back({{"id", core.id},
                     {"capacity", core.capacity},
                     {"first_sibling", core.first_sibling},
                     {"cache", core.cache},
                     {"node", core.node}});
  pipeline::Json devices = pipeline::Json::array();
  for (const auto& engine : engines::all_engines())
    for (const auto& device : engine->devices())
      devices.push_back({{"engine", engine->name()},
                         {"version", pipeline::version_of(*engine)},
                         {"device", device.name},
                         {"name", device.full_name},
                         {"usable", device.usable},
                         {"why_not", device.why_not}});
  pipeline::Json processors = pipeline::Json::array();
  for (const auto& processor : machine.processors)
    processors.push_back({{"name", processor.name},
                          {"role", processor.role},
                          {"engine", processor.engine},
                          {"device", processor.device},
                          {"cores", processor.cores},
                          {"threads", processor.threads},
                          {"stand_in", processor.stand_in}});
  pipeline::Json notes = pipeline::Json::array();
  for (const auto& note : machine.notes) notes.push_back(note.text);
  return {{"schema", 1},
          {"cores", cores},
          {"devices", devices},
          {"energy", energy_source()},
          {"processors", processors},
          {"notes", notes},
          {"context", pipeline::context()}};
}

void print(const Topology& topology, const runtime::Machine& machine,
           const std::vector<std::string>& roles) {
  show("{} ({})\n", cpu_model(), cpu_instructions());
  Table cores({"core", "capacity", "sibling of", "cache", "node"});
  for (const auto& core : topology.cores)
    cores.add({std::to_string(core.id), std::to_string(core.capacity),
               std::to_string(core.first_sibling), std::to_string(core.cache),
               std::to_string(core.node)});
  cores.print(stdout);
  fmt::print("\n");
  Table devices({"engine", "version", "device", "what it is, or why it cannot be used"},
                {true, true, true, true});
  for (const auto& engine : engines::all_engines())
    for (const auto& device : engine->devices())
      devices.add({engine->name(), engine->version().empty() ? "-" : engine->version(), device.name,
                   device.usable ? device.full_name : "no: " + device.why_not});
  devices.print(stdout);
  show("\nenergy: {}\n\n", energy_source());
  fmt::print("a network for {} would run on\n{}", fmt::join(roles, ", "),
             runtime::write_machine(machine));
  for (const auto& note : machine.notes) log::info("note: {}", note.text);
}

void devices(const Options& options) {
  const auto topology = this_topology();
  const auto machine = runtime::discover(options.roles);
  if (!options.write.empty()) {
    write_atomic(options.write, runtime::write_machine(machine));
    log::info("written: {}", options.write.string());
  }
  if (!options.json.empty()) write_json(options.json, json_text(to_json(topology, machine)));
  if (options.json != "-") print(topology, machine, options.roles);
}

}  // namespace

void add_devices(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("devices", "Processors and engines of this machine");
  add_json(*command, options->json)->expected(0, 1)->default_str("-");
  add_output(*command, "--write", options->write, "machine file to write");
  command->add_option("--roles", options->roles, "roles the machine file is for")
      ->delimiter(',')
      ->capture_default_str();
  command->footer("Example:\n  nnstretch devices --write machine.yaml");
  command->callback([options] { devices(*options); });
}

}  // namespace nnstretch::cli

// nnstretch devices: what this machine has, and why the rest is not usable.
#include <filesystem>
#include <memory>

#include "base/cache_folder.h"
#include "base/choices.h"
#include "base/files.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "measure/energy.h"
#include "report/machine_page.h"

namespace nnstretch::cli {
namespace {

struct Options {
  report::Outputs outputs;
  std::filesystem::path write;
  std::vector<std::string> roles = {"cpu", "dsp", "gpu"};
  bool forget = false;
};

// What energy is read from, or why nothing is.
std::string energy_source() {
  const auto meter = measure::find_energy_meter();
  meter->start();
  const auto energy = meter->stop();
  return energy.joules ? energy.source : "none: " + energy.reason;
}

void forget() {
  const CacheFolder cache = cache_folder();
  if (cache.path.empty()) return log::info("there is nothing to forget: {}", cache.why_not);
  forget_choices(cache.path);
  log::info("forgotten in {}: the fastest engine of each part, the fastest plan of each network",
            cache.path.string());
}

void devices(const Options& options, const plan::Surroundings& here) {
  if (options.forget) return forget();
  const auto machine = plan::discover(options.roles, {}, here);
  if (!options.write.empty()) {
    write_atomic(options.write, plan::write_machine(machine));
    log::info("written: {}", options.write.string());
  }
  report::emit(report::report_of({here, machine, options.roles, energy_source()}), options.outputs);
  if (const auto quota = said_of_quota(here.topology); !quota.empty()) log::info("{}", quota);
  if (options.outputs.json != "-")
    for (const auto& note : machine.notes) log::info("note: {}", note.text);
}

}  // namespace

void add_devices(CLI::App& app, const plan::Surroundings& here) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("devices", "Processors and engines of this machine");
  add_outputs(*command, options->outputs)->expected(0, 1)->default_str("-");
  add_output(*command, "--write", options->write, "machine file to write");
  command->add_option("--roles", options->roles, "roles the machine file is for")
      ->delimiter(',')
      ->capture_default_str();
  command->add_flag("--forget", options->forget,
                    "forget which engines and plans were the fastest; they are timed anew");
  command->footer(
      "Example:\n  nnstretch devices --write machine.yaml\n"
      "  nnstretch devices --forget");
  command->callback([options, &here] { devices(*options, here); });
}

}  // namespace nnstretch::cli

// nnstretch devices: what this machine has, and why the rest is not usable.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <memory>
#include <optional>

#include "base/cache_folder.h"
#include "base/choices.h"
#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/device.h"
#include "cli/options.h"
#include "measure/energy_source.h"
#include "remote/device_bench.h"
#include "remote/device_job.h"
#include "remote/steps.h"
#include "report/fields.h"
#include "report/machine_page.h"
#include "report/show.h"

namespace nnstretch::cli {
namespace {

struct Options {
  report::Outputs outputs;
  std::filesystem::path write;
  std::vector<std::string> roles = {"cpu", "dsp", "gpu"};
  plan::Placing placing;
  Elsewhere elsewhere;
  bool forget = false, tell_steps = false;
};

std::vector<report::EnergyTold> energy_sources() {
  std::vector<report::EnergyTold> told;
  for (const measure::FoundSource& found : measure::find_energy_sources())
    told.push_back({found.name, found.source ? found.source->title() : "", found.why_not});
  return told;
}

void forget() {
  const CacheFolder cache = cache_folder();
  if (cache.path.empty()) return log::info("there is nothing to forget: {}", cache.why_not);
  forget_choices(cache.path);
  log::info("forgotten in {}: the fastest engine of each part, the fastest plan of each network",
            cache.path.string());
}

// The same command at the other end, and what it gives there; its JSON says where that is.
void devices_there(const Options& options) {
  const Elsewhere& elsewhere = options.elsewhere;
  const remote::Target target = elsewhere.target();
  if (elsewhere.clean) return remote::Device(remote::reach(target), target).clean();
  remote::Device device = device_with_program(target);
  const remote::DeviceJob job(device);
  std::vector<plan::Option> flags = plan::options_of(remote::placing_there(options.placing, job));
  flags.push_back({"roles", fmt::format("{}", fmt::join(options.roles, ","))});
  flags.push_back({"format", options.outputs.format});
  flags.push_back({"tell_steps", ""});
  if (!options.outputs.json.empty()) flags.push_back({"json", job.path("json")});
  if (!options.write.empty()) flags.push_back({"write", job.path("machine.yaml")});
  if (options.forget) flags.push_back({"forget", ""});
  std::vector<std::string> words = plan::words_of(flags);
  words.insert(words.begin(), "devices");
  job.run(words, "its processors", {});
  if (!options.write.empty()) job.pull("machine.yaml", options.write);
  if (options.outputs.json != "-") report::write_out(job.text("out"));
  if (options.forget || options.outputs.json.empty()) return;
  Json json = parse_json<Json>(job.text("json"), "what `devices` says on " + device.name());
  json["device"] = to_json(device.facts());
  report::emit({.page = {}, .json = json}, {.json = options.outputs.json});
}

void devices(const Options& options, const plan::Surroundings& here) {
  if (options.elsewhere.given()) return devices_there(options);
  std::optional<remote::Pulse> pulse;
  if (options.tell_steps) pulse.emplace();
  if (options.forget) return forget();
  const auto machine = plan::machine_for(options.roles, options.placing, here);
  if (!options.write.empty()) {
    write_atomic(options.write, plan::write_machine(machine));
    log::info("written: {}", options.write.string());
  }
  report::emit(report::report_of({here, machine, options.roles, energy_sources()}),
               options.outputs);
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
      ->type_name("ROLE,...")
      ->delimiter(',')
      ->capture_default_str();
  add_placing(*command, options->placing);
  add_elsewhere(*command, options->elsewhere);
  command->add_flag("--tell_steps", options->tell_steps, "")->group("");  // remote/steps.h
  command->add_flag("--forget", options->forget,
                    "forget which engines and plans were the fastest; they are timed anew");
  command->footer(
      "Example:\n  nnstretch devices --write machine.yaml\n"
      "  nnstretch devices --forget\n"
      "  nnstretch devices --ssh pi@board --core_affinity 3");
  command->callback([options, &here] { devices(*options, here); });
}

}  // namespace nnstretch::cli

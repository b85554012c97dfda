#include "engines/list.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/cache_folder.h"
#include "base/error.h"
#include "base/log.h"
#include "base/tell_once.h"
#include "engines/absent_engine.h"
#include "engines/auto/auto_engine.h"
#include "engines/module_engine.h"
#include "engines/reference/reference_engine.h"

namespace nnstretch::engines {
namespace {

// What `auto` races; of two that are equally fast it takes the one that is named first.
constexpr std::array<std::string_view, 2> kRaced = {"openvino", "litert"};
// What `auto` takes if none of these can.
constexpr std::string_view kLastResort = "reference";
// What takes the main thread's cores, when it is first used, for the process's for good.
constexpr std::string_view kTakesCores = "openvino";

std::shared_ptr<const Engine> module(std::string name) {
  if (is_built(name)) return std::make_shared<ModuleEngine>(std::move(name));
  return std::make_shared<AbsentEngine>(std::move(name), "not in this build");
}

std::shared_ptr<const Engine> named(std::string_view name) {
  for (const auto& engine : all_engines())
    if (engine->name() == name) return engine;
  return nullptr;
}

// Why an engine cannot use the CPU; empty if it can.
std::string why_not(const Engine& engine) {
  const auto devices = engine.devices();
  const auto cpu = std::ranges::find(devices, "cpu", &DeviceInfo::name);
  return cpu == devices.end() ? devices.front().why_not : cpu->why_not;
}

// It is used before a session can bind the main thread for a run, and only by who asks for engines.
void use_what_takes_cores() {
  [[maybe_unused]] static const auto devices = named(kTakesCores)->devices();
}

// Where `auto` keeps what it chose; empty, and said once, if there is no folder for it.
std::filesystem::path file_of_choices() {
  const CacheFolder cache = cache_folder();
  if (!cache.path.empty()) return cache.path / "engines.json";
  log::info("note: which engine was the fastest is not remembered: {}", cache.why_not);
  return {};
}

// Those that can be opened here. Said once of the others, not of every part that they might have
// been faster at.
Engines raced() {
  Engines engines;
  for (const std::string_view name : kRaced) {
    const auto engine = named(name);
    if (!engine->version().empty())
      engines.push_back(engine);
    else if (is_built(name))
      log::warn("going on without {}: {}", name, why_not(*engine));
  }
  return engines;
}

const Engine& automatic() {
  static const AutoEngine engine(raced(), named(kLastResort), file_of_choices());
  return engine;
}

}  // namespace

const Engines& all_engines() {
  // Never destroyed: when the process ends, the statics of the libraries go before these would.
  static const Engines& engines =
      *std::make_unique<Engines>(Engines{
                                     module("openvino"),
                                     module("litert"),
                                     module("qnn"),
                                     std::make_shared<ReferenceEngine>(),
                                 })
           .release();
  return engines;
}

// NNSTRETCH_ENGINES_BUILT is "openvino litert qnn" without those that were left out.
bool is_built(std::string_view name) {
  constexpr std::string_view kBuilt = " auto reference " NNSTRETCH_ENGINES_BUILT " ";
  return kBuilt.find(fmt::format(" {} ", name)) != kBuilt.npos;
}

const Engine& find_engine(std::string_view name) {
  use_what_takes_cores();
  if (name == "auto") return automatic();
  if (const auto engine = named(name)) return *engine;
  std::string names = "auto";
  for (const auto& engine : all_engines()) names += ", " + engine->name();
  throw EngineError({.what = fmt::format("there is no engine '{}'", name),
                     .fix = fmt::format("choose one of {}", names)});
}

const Engine& find_usable(std::span<const std::string_view> names) {
  std::string reasons;
  for (const std::string_view name : names) {
    const Engine& engine = find_engine(name);
    const std::string reason = why_not(engine);
    if (reason.empty()) {
      if (!reasons.empty()) tell_once(fmt::format("note: {} computes: {}", name, reasons));
      return engine;
    }
    reasons += fmt::format("{}{}: {}", reasons.empty() ? "" : "; ", name, reason);
  }
  throw EngineError({.what = fmt::format("no engine can be used: {}", reasons),
                     .fix = "`nnstretch devices` shows which engines work here"});
}

}  // namespace nnstretch::engines

#include "engines/list.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
#include <string>

#include "base/cache_folder.h"
#include "base/choices.h"
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

// Why an engine cannot use the CPU; empty if it can.
std::string why_not(const Engine& engine) {
  const auto devices = engine.devices();
  const auto cpu = std::ranges::find(devices, "cpu", &DeviceInfo::name);
  return cpu == devices.end() ? devices.front().why_not : cpu->why_not;
}

// Where `auto` keeps what it chose; empty, and said once, if there is no folder for it.
std::filesystem::path file_of_choices() {
  const CacheFolder cache = cache_folder();
  if (!cache.path.empty()) return cache.path / kEngineChoices;
  log::info("note: which engine was the fastest is not remembered: {}", cache.why_not);
  return {};
}

// Those of this build, and `auto`, made when it is first asked for.
class Built {
 public:
  explicit Built(const EngineList::Options& options) : options_(options) {
    for (const char* name : kModules) all_.push_back(module(name));
    all_.push_back(std::make_shared<ReferenceEngine>());
  }

  const Engines& all() const { return all_; }

  const Engine& find(std::string_view name) const {
    std::call_once(cores_taken_, [&] { named(kTakesCores)->devices(); });
    if (name == "auto") return automatic();
    if (const auto engine = named(name)) return *engine;
    std::string names = "auto";
    for (const auto& engine : all_) names += ", " + engine->name();
    throw EngineError({.what = fmt::format("there is no engine '{}'", name),
                       .fix = fmt::format("choose one of {}", names)});
  }

  // Those that can be opened here. Said once of the others, not of every part that they might have
  // been faster at.
  const Engines& raced() const {
    std::call_once(cores_taken_, [&] { named(kTakesCores)->devices(); });
    std::call_once(raced_opened_, [&] {
      for (const std::string_view name : kRaced) {
        const auto engine = named(name);
        if (!engine->version().empty())
          raced_.push_back(engine);
        else if (is_built(name))
          log::warn("going on without {}: {}", name, why_not(*engine));
      }
    });
    return raced_;
  }

 private:
  std::shared_ptr<const Engine> module(const std::string& name) const {
    if (is_built(name)) return std::make_shared<ModuleEngine>(name, options_.libraries);
    return std::make_shared<AbsentEngine>(name, "not in this build");
  }

  std::shared_ptr<const Engine> named(std::string_view name) const {
    for (const auto& engine : all_)
      if (engine->name() == name) return engine;
    return nullptr;
  }

  const Engine& automatic() const {
    std::call_once(automatic_made_, [&] {
      automatic_ = std::make_unique<AutoEngine>(
          raced(), named(kLastResort), options_.choices ? *options_.choices : file_of_choices());
    });
    return *automatic_;
  }

  const EngineList::Options options_;
  Engines all_;
  // What takes them is used before a session can bind the main thread for a run, and only by who
  // asks for engines.
  mutable std::once_flag cores_taken_;
  mutable std::once_flag raced_opened_, automatic_made_;
  mutable Engines raced_;
  mutable std::unique_ptr<const AutoEngine> automatic_;
};

}  // namespace

// NNSTRETCH_ENGINES_BUILT is "openvino litert qnn" without those that were left out.
bool is_built(std::string_view name) {
  constexpr std::string_view kBuilt = " auto reference " NNSTRETCH_ENGINES_BUILT " ";
  return kBuilt.find(fmt::format(" {} ", name)) != kBuilt.npos;
}

struct EngineList::List {
  Engines all;
  std::function<const Engines&()> raced;
  Find find;
};

EngineList::EngineList(const Options& options) {
  const auto built = std::make_shared<const Built>(options);
  list_ = std::make_shared<const List>(
      List{built->all(), [built]() -> const Engines& { return built->raced(); },
           [built](std::string_view name) -> const Engine& { return built->find(name); }});
}

EngineList::EngineList(Engines all, Find find) {
  const auto raced = std::make_shared<const Engines>(all);
  list_ = std::make_shared<const List>(
      List{std::move(all), [raced]() -> const Engines& { return *raced; }, std::move(find)});
}

const Engines& EngineList::all() const { return list_->all; }

const Engines& EngineList::raced() const { return list_->raced(); }

const Engine& EngineList::find(std::string_view name) const { return list_->find(name); }

const Engine& EngineList::find_usable(std::span<const std::string_view> names) const {
  std::string reasons;
  for (const std::string_view name : names) {
    const Engine& engine = find(name);
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

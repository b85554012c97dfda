#include "engines/list.h"

#include <fmt/format.h>

#include "base/cache_folder.h"
#include "base/error.h"
#include "base/log.h"
#include "engines/auto/auto_engine.h"
#include "engines/litert/litert_engine.h"
#include "engines/openvino/openvino_engine.h"
#include "engines/qnn/qnn_engine.h"
#include "engines/reference/reference_engine.h"

namespace nnstretch::engines {
namespace {

// What `auto` compares, in the order in which ties are decided.
const Engines& fast_engines() {
  static const Engines engines = {
      std::make_shared<OpenVinoEngine>(),
      std::make_shared<LiteRtEngine>(),
  };
  return engines;
}

// The library takes the main thread's cores, when it is first used, for the process's for good. So
// it is used before a session can bind that thread for a run.
void use_openvino_once() {
  [[maybe_unused]] static const auto devices = OpenVinoEngine().devices();
}

// Where `auto` keeps what it chose; empty, and said once, if there is no folder for it.
std::filesystem::path file_of_choices() {
  const CacheFolder cache = cache_folder();
  if (!cache.path.empty()) return cache.path / "engines.json";
  log::info("note: which engine was the fastest is not remembered: {}", cache.why_not);
  return {};
}

const Engine& automatic() {
  static const AutoEngine engine(fast_engines(), all_engines().back(), file_of_choices());
  return engine;
}

}  // namespace

const Engines& all_engines() {
  static const Engines engines = [] {
    Engines all = fast_engines();
    all.push_back(std::make_shared<QnnEngine>());
    all.push_back(std::make_shared<ReferenceEngine>());
    return all;
  }();
  return engines;
}

const Engine& find_engine(std::string_view name) {
  use_openvino_once();
  if (name == "auto") return automatic();
  std::string names = "auto";
  for (const auto& engine : all_engines()) {
    if (engine->name() == name) return *engine;
    names += ", " + engine->name();
  }
  throw EngineError({.what = fmt::format("there is no engine '{}'", name),
                     .fix = fmt::format("choose one of {}", names)});
}

}  // namespace nnstretch::engines

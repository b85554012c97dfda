#include "engines/list.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
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
  static const AutoEngine automatic(fast_engines(), all_engines().back(),
                                    cache_folder() / "engines.json");
  if (name == automatic.name()) return automatic;
  std::string names = automatic.name();
  for (const auto& engine : all_engines()) {
    if (engine->name() == name) return *engine;
    names += ", " + engine->name();
  }
  throw EngineError({.what = fmt::format("there is no engine '{}'", name),
                     .fix = fmt::format("choose one of {}", names)});
}

}  // namespace nnstretch::engines

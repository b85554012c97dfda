// The engines of this build, for all tests of a process.
#pragma once
#include <memory>
#include <string_view>

#include "engines/list.h"

namespace nnstretch::testing {

// Never destroyed: when the process ends, the statics of the engines' libraries go before it would.
inline const engines::EngineList& engine_list() {
  static const engines::EngineList& list =
      *std::make_unique<engines::EngineList>(engines::EngineList::Options()).release();
  return list;
}

inline const engines::Engine& engine_named(std::string_view name) {
  return engine_list().find(name);
}

}  // namespace nnstretch::testing

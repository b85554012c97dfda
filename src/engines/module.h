// What an engine's module and the program that opens it agree on. Each engine that stands on a
// library of others is a shared object of its own, libnnstretch_engine_NAME.so, opened when it is
// first asked for: a library that is missing or broken costs its engine, not the program.
//     const Module nnstretch_engine = {kBuild, make};   // src/engines/openvino/module.cpp
// A module has copies of rooms of its own (base, image, ir, weights, formats) and shows the one
// name above. So nothing in these rooms may be there once a process; what must be is handed over as
// the Host. Values, errors and virtual calls cross the border as they are: both sides are of one
// build.
#pragma once
#include <filesystem>
#include <memory>
#include <mutex>

#include "engines/engine.h"
#include "version.h"

namespace nnstretch::engines {

inline constexpr const char* kBuild = NNSTRETCH_VERSION " " NNSTRETCH_COMMIT;

// What there is once a process.
struct Host {
  std::mutex& one_stdout_guard;     // of base/stdout_guard.h
  std::filesystem::path libraries;  // of what is opened by name
};

struct Module {
  const char* build;  // the module's kBuild: read before anything else, and another one is refused
  std::unique_ptr<const Engine> (*make)(const Host& host);
};

}  // namespace nnstretch::engines

// Defined by every module, and found there by its name.
extern "C" const nnstretch::engines::Module nnstretch_engine;

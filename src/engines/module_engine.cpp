#include "engines/module_engine.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <system_error>

#include "base/error.h"
#include "base/library_file.h"
#include "base/stdout_guard.h"
#include "engines/absent_engine.h"
#include "engines/libraries.h"
#include "engines/module.h"
#include "engines/modules_folder.h"

namespace nnstretch::engines {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(std::string why) {
  throw EngineError({.what = "its module does not open: " + std::move(why)});
}

// All of its symbols now: of a library of another version some are missing, and that is found here
// and not in the middle of a run.
const Module& open(const fs::path& file) {
  std::error_code none;
  if (fs::exists(file, none) && !fs::is_regular_file(file, none))
    refuse(fmt::format("{} is no file", file.string()));
  if (const auto cut = cut_file_of(file)) refuse(fmt::format("{} is cut short", cut->string()));
  void* library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) refuse(::dlerror());
  const auto* module = static_cast<const Module*>(::dlsym(library, "nnstretch_engine"));
  if (!module) refuse(fmt::format("{} is no engine of this program", file.string()));
  if (std::string_view(module->build) != kBuild)
    refuse(fmt::format("{} belongs to nnstretch {}, this is {}", file.string(), module->build,
                       kBuild));
  return *module;
}

}  // namespace

const Engine& ModuleEngine::opened() const {
  std::call_once(once_, [&] {
    try {
      const fs::path file =
          fs::path(nnstretch_modules_folder()) / fmt::format("libnnstretch_engine_{}.so", name_);
      engine_ = open(file).make(
          {StdoutGuard::only_one(), libraries_.empty() ? library_folder() : libraries_});
      if (const std::string other = engine_->name(); other != name_)
        refuse(fmt::format("{} holds the engine {}", file.string(), other));
    } catch (const std::exception& error) {
      engine_ = std::make_unique<AbsentEngine>(name_, error.what());
    }
  });
  return *engine_;
}

}  // namespace nnstretch::engines

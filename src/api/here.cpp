#include "api/here.h"

#include <memory>
#include <mutex>

#include "base/error.h"

namespace nnstretch::api {
namespace {

struct Engines {
  std::mutex mutex;
  engines::EngineList::Options options;
  std::unique_ptr<const engines::EngineList> list;
};

// Never destroyed: when the process ends, the statics of the engines' libraries go before it would.
Engines& engines() {
  static Engines& engines = *std::make_unique<Engines>().release();
  return engines;
}

}  // namespace

plan::Surroundings here() {
  Engines& of_all = engines();
  const std::lock_guard lock(of_all.mutex);
  if (!of_all.list) of_all.list = std::make_unique<const engines::EngineList>(of_all.options);
  return {.topology = this_topology(), .engines = *of_all.list, .plans = std::nullopt};
}

void look_for_libraries_in(const std::filesystem::path& folder) {
  Engines& of_all = engines();
  const std::lock_guard lock(of_all.mutex);
  if (of_all.list)
    throw UsageError({.what = "the engines are in use already",
                      .where = folder.string(),
                      .fix = "say where they are before anything else is asked of nnstretch"});
  of_all.options.libraries = folder;
}

}  // namespace nnstretch::api

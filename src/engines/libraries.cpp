#include "engines/libraries.h"

#include <cstdlib>
#include <mutex>

#include "engines/modules_folder.h"

namespace nnstretch::engines {
namespace {

namespace fs = std::filesystem;

struct Chosen {
  std::mutex mutex;
  fs::path folder;
};
Chosen& chosen() {
  static Chosen chosen;
  return chosen;
}

}  // namespace

void look_for_libraries_in(fs::path folder) {
  const std::lock_guard lock(chosen().mutex);
  chosen().folder = std::move(folder);
}

fs::path library_folder() {
  {
    const std::lock_guard lock(chosen().mutex);
    if (!chosen().folder.empty()) return chosen().folder;
  }
  if (const char* given = ::secure_getenv("NNSTRETCH_DEPS"); given && *given) return given;
  return nnstretch_modules_folder();
}

}  // namespace nnstretch::engines

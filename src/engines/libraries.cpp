#include "engines/libraries.h"

#include <cstdlib>

#include "engines/modules_folder.h"

namespace nnstretch::engines {

std::filesystem::path library_folder() {
  if (const char* given = ::secure_getenv("NNSTRETCH_DEPS"); given && *given) return given;
  return nnstretch_modules_folder();
}

}  // namespace nnstretch::engines

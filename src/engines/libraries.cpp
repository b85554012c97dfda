#include "engines/libraries.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>
#include <mutex>
#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"
#include "engines/litert/litert_c.h"

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

// Installed, all libraries are in one folder; as scripts/setup unpacks them, each package has one.
fs::path beside_those_linked() {
  const fs::path folder =
      file_of(reinterpret_cast<const void*>(&LiteRtCreateEnvironment)).parent_path();
  return folder.filename() == "ai_edge_litert" ? folder.parent_path() : folder;
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
  return beside_those_linked();
}

fs::path file_of(const void* function) {
  ::Dl_info info;
  std::error_code error;
  if (!::dladdr(function, &info) || !info.dli_fname) return {};
  const fs::path file = fs::canonical(info.dli_fname, error);
  return error ? fs::path(info.dli_fname) : file;
}

std::string version_beside(const fs::path& library) {
  try {
    const std::string sum = sha256(read_bytes(library));
    const fs::path noted = library.string() + ".version";
    std::error_code none;
    std::string version, its_sum;
    if (fs::exists(noted, none)) std::istringstream(read_text(noted)) >> version >> its_sum;
    if (its_sum == sum) return version;
    constexpr size_t kShown = 12;
    return fmt::format("unknown (sha256 {})", sum.substr(0, kShown));
  } catch (const IoError& error) {
    return fmt::format("unknown ({})", error.message().what);
  }
}

}  // namespace nnstretch::engines

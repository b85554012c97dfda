#include "base/library_file.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"

namespace nnstretch {

namespace fs = std::filesystem;

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

}  // namespace nnstretch

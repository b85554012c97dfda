#include "base/scratch_folder.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <system_error>

#include "base/error.h"

namespace nnstretch {

ScratchFolder::ScratchFolder() {
  const char* given = std::getenv("TMPDIR");
  const std::filesystem::path below = given && *given ? given : "/tmp";
  std::string name = (below / "nnstretch-XXXXXX").string();
  if (!::mkdtemp(name.data()))
    throw IoError({.what = fmt::format("no folder can be made here: {}", std::strerror(errno)),
                   .where = below.string(),
                   .fix = "name another folder in $TMPDIR"});
  path_ = name;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace nnstretch

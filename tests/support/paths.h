// Where tests find files that are not theirs.
#pragma once
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "base/scratch_folder.h"

namespace nnstretch::testing {

// The root of the source tree.
inline std::filesystem::path source_folder() {
  const char* given = std::getenv("NNSTRETCH_SOURCE");
  return given ? given : NNSTRETCH_SOURCE_FOLDER;  // as the build knows it
}

// Values made by the original software: the folder shared/ beside the project, or
// $NNSTRETCH_SHARED. Tests that need it begin with NNSTRETCH_NEEDS_SHARED(); it skips them, with
// the reason, elsewhere.
inline std::filesystem::path shared_folder() {
  const char* given = std::getenv("NNSTRETCH_SHARED");
  return given ? given : source_folder().parent_path() / "shared";
}
#define NNSTRETCH_NEEDS_SHARED()                                                \
  if (!std::filesystem::exists(nnstretch::testing::shared_folder() / "golden")) \
  GTEST_SKIP() << "the golden files are not beside the project"

// An empty folder of this test, removed at its end.
using TemporaryFolder = ScratchFolder;

}  // namespace nnstretch::testing

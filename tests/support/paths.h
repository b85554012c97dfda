// Where tests find files that are not theirs.
#pragma once
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

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
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "nnstretch-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::filesystem::path operator/(const std::filesystem::path& name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace nnstretch::testing

#include "pipeline/config_files.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "support/paths.h"

namespace nnstretch::pipeline {
namespace {

namespace fs = std::filesystem;

class ConfigFiles : public ::testing::Test {
 protected:
  std::vector<std::string> found(const std::vector<fs::path>& arguments) const {
    std::vector<std::string> names;
    for (const auto& file : config_files(arguments))
      names.push_back(file.lexically_relative(folder_.path()).string());
    return names;
  }
  void file(const char* name) const { write_atomic(folder_ / name, std::string_view("x")); }

  const testing::TemporaryFolder folder_;
};

using Names = std::vector<std::string>;

TEST_F(ConfigFiles, AFolderGivesEveryConfigurationBelowItAndSaysWhatElseIsThere) {
  file("b.yml"), file("C.YAML"), file("sub/d.yaml"), file("notes.txt");
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(found({folder_.path()}), (Names{"C.YAML", "b.yml", "sub/d.yaml"}));
  EXPECT_EQ(::testing::internal::GetCapturedStderr(),
            "note: " + folder_.path().string() + ": 1 not taken: notes.txt (of another kind)\n");
}

TEST_F(ConfigFiles, AFileIsTakenOnceByItsFirstName) {
  file("a.yaml"), file("b.yaml");
  fs::create_symlink("a.yaml", folder_ / "link.yaml");
  EXPECT_EQ(found({folder_ / "link.yaml", folder_ / "a.yaml", folder_.path(), folder_ / "b.yaml"}),
            (Names{"link.yaml", "b.yaml"}));
}

TEST_F(ConfigFiles, WhatIsNotThereIsWrongUse) {
  fs::create_symlink("loop", folder_ / "loop");
  fs::create_directory(folder_ / "empty");
  for (const char* name : {"nowhere", "loop", "empty", "empty/a.yaml"})
    EXPECT_THROW(config_files({folder_ / name}), UsageError) << name;
}

}  // namespace
}  // namespace nnstretch::pipeline

// The settings that come with the program: all load, build stages, survive writing, and say what
// the published files say.
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <set>

#include "config/config.h"
#include "config/stages.h"
#include "support/paths.h"

namespace nnstretch::config {
namespace {

std::vector<std::filesystem::path> settings(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.path().extension() == ".yaml")
      files.push_back(std::filesystem::relative(entry.path(), folder));
  std::sort(files.begin(), files.end());
  return files;
}

void expect_same(const YAML::Node& ours, const YAML::Node& theirs, const std::string& where) {
  ASSERT_EQ(ours.Type(), theirs.Type()) << where;
  ASSERT_EQ(ours.size(), theirs.size()) << where;
  if (ours.IsScalar()) {
    EXPECT_EQ(ours.Scalar(), theirs.Scalar()) << where;
  }
  if (ours.IsSequence())
    for (size_t i = 0; i < ours.size(); ++i) expect_same(ours[i], theirs[i], where);
  if (ours.IsMap())
    for (const auto& entry : theirs) {
      const std::string key = entry.first.Scalar();
      ASSERT_TRUE(ours[key].IsDefined()) << where << key;
      expect_same(ours[key], entry.second, where + key + ' ');
    }
}

TEST(PublishedSettings, LoadBuildStagesAndSurviveWriting) {
  const auto folder = testing::source_folder() / "configs";
  const auto files = settings(folder);
  EXPECT_GE(files.size(), 55u);
  for (const auto& file : files) {
    const Config config = load(folder / file);
    EXPECT_FALSE(stages(config).empty()) << file;
    EXPECT_EQ(parse(dump(config), "dumped.yaml"), config) << file;
  }
}

TEST(PublishedSettings, SayWhatThePublishedFilesSay) {
  NNSTRETCH_NEEDS_SHARED();
  const auto ours = testing::source_folder() / "configs";
  const auto theirs = testing::shared_folder() / "configs";
  auto published = settings(ours);
  const std::set<std::string> not_published = {"bench", "elastic", "glyphs"};
  std::erase_if(published,
                [&](const auto& file) { return not_published.contains(file.begin()->string()); });
  ASSERT_EQ(published, settings(theirs));
  for (const auto& file : settings(theirs)) {
    expect_same(YAML::LoadFile(ours / file), YAML::LoadFile(theirs / file), file.string() + ": ");
    EXPECT_EQ(load(ours / file), load(theirs / file)) << file;
  }
}

}  // namespace
}  // namespace nnstretch::config

#include "base/listing.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "base/error.h"
#include "base/files.h"
#include "support/errors.h"
#include "support/paths.h"

namespace nnstretch {
namespace {

namespace fs = std::filesystem;

class Folder : public testing::TemporaryFolder {
 public:
  Folder& file(const char* name) {
    write_atomic(*this / name, std::string_view("x"));
    return *this;
  }
  Folder& link(const char* name, const fs::path& target) {
    fs::create_symlink(target, *this / name);
    return *this;
  }
  Listing list() const {
    return list_files(path(), [](const fs::path& file) {
      return has_ending(file, {".yaml", ".yml"});
    });
  }
  // Names below the folder.
  std::vector<std::string> names(const std::vector<fs::path>& paths) const {
    std::vector<std::string> names;
    for (const auto& file : paths) names.push_back(file.lexically_relative(path()).string());
    return names;
  }
};

using Names = std::vector<std::string>;

TEST(Listing, WalksSubFoldersAndTakesEndingsOfAnyCase) {
  Folder folder;
  folder.file("b.yml").file("a.yaml").file("C.YAML").file("sub/deep/d.Yml");
  const Listing found = folder.list();
  EXPECT_EQ(folder.names(found.files), (Names{"C.YAML", "a.yaml", "b.yml", "sub/deep/d.Yml"}));
  EXPECT_EQ(found.left_out_words(), "");
}

TEST(Listing, SaysWhatItLeavesOutAndWhy) {
  Folder folder;
  folder.file("a.yaml").file("README").file("x.txt").file(".b.yaml").file(".git/c.yaml");
  folder.link("gone.yaml", "nowhere").link("loop.yaml", "loop.yaml");
  ASSERT_EQ(::mkfifo((folder / "pipe.yaml").c_str(), 0600), 0);
  const Listing found = folder.list();
  EXPECT_EQ(folder.names(found.files), Names{"a.yaml"});
  EXPECT_EQ(found.left_out_words(),
            "7 not taken: gone.yaml, loop.yaml (a link to no file); .b.yaml, .git (hidden); "
            "pipe.yaml (no file); README, x.txt (of another kind)");
  EXPECT_EQ(found.left_out_words(1),
            "7 not taken: gone.yaml and 1 more (a link to no file); .b.yaml and 1 more (hidden); "
            "pipe.yaml (no file); README and 1 more (of another kind)");
}

TEST(Listing, FollowsLinksOnceAndNeverInCircles) {
  Folder folder, other;
  other.file("o.yaml");
  folder.file("real/r.yaml").link("a", "real").link("real/up", "..");
  folder.link("elsewhere", other.path()).link("again", other.path());
  folder.link("one.yaml", other / "o.yaml");
  const Listing found = folder.list();
  EXPECT_EQ(folder.names(found.files), (Names{"again/o.yaml", "one.yaml", "real/r.yaml"}));
  ASSERT_EQ(found.left_out.size(), 1u);
  EXPECT_EQ(folder.names(found.left_out.begin()->second), (Names{"a", "elsewhere", "real/up"}));
}

TEST(Listing, RefusesWhatIsNoFolder) {
  Folder folder;
  folder.file("a.yaml");
  const auto all = [](const fs::path&) { return true; };
  EXPECT_ERROR(list_files(folder / "a.yaml", all), IoError, "/a.yaml: cannot list the folder",
               "Not a directory");
  EXPECT_ERROR(list_files(folder / "nowhere", all), IoError, "/nowhere: cannot list the folder",
               "No such file");
}

// Root may open any folder, and is another user for that long.
TEST(Listing, NamesAFolderThatCannotBeOpened) {
  constexpr uid_t kNobody = 65534;
  const uid_t self = ::geteuid();
  Folder folder;
  folder.file("a.yaml").file("shut/b.yaml");
  fs::permissions(folder.path(), fs::perms::all);
  fs::permissions(folder / "shut", fs::perms::none);
  if (self == 0) {
    ASSERT_EQ(::seteuid(kNobody), 0);
  }
  const std::string words = folder.list().left_out_words();
  if (self == 0) {
    ASSERT_EQ(::seteuid(self), 0);
  }
  EXPECT_NE(words.find("shut ("), std::string::npos) << words;
  fs::permissions(folder / "shut", fs::perms::owner_all);
}

}  // namespace
}  // namespace nnstretch

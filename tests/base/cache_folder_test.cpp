#include "base/cache_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>

#include "support/paths.h"

namespace nnstretch {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

// Sets or removes a variable, until the end of the test.
class Variable {
 public:
  Variable(const char* name, const std::optional<std::string>& value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    set(value);
  }
  ~Variable() { set(before_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  void set(const std::optional<std::string>& value) {
    value ? ::setenv(name_, value->c_str(), 1) : ::unsetenv(name_);
  }
  const char* name_;
  std::optional<std::string> before_;
};

class CacheFolderTest : public ::testing::Test {
 protected:
  testing::TemporaryFolder folder_;
  Variable xdg_{"XDG_CACHE_HOME", folder_.path().string()};
  fs::path cache_ = folder_ / "nnstretch";
};

TEST_F(CacheFolderTest, IsMadeForThisUserAlone) {
  EXPECT_EQ(cache_folder().path, cache_);
  EXPECT_EQ(fs::status(cache_).permissions(), fs::perms::owner_all);
  EXPECT_EQ(cache_folder().path, cache_);
}

TEST_F(CacheFolderTest, IsBelowHomeWithoutTheOtherVariable) {
  const Variable no_xdg("XDG_CACHE_HOME", {}), home("HOME", folder_.path().string());
  EXPECT_EQ(cache_folder().path, folder_ / ".cache" / "nnstretch");
}

TEST_F(CacheFolderTest, IsNotThereWithoutAHome) {
  const Variable no_xdg("XDG_CACHE_HOME", {}), no_home("HOME", {});
  EXPECT_EQ(cache_folder().path, "");
  EXPECT_THAT(cache_folder().why_not, HasSubstr("HOME"));
}

TEST_F(CacheFolderTest, IsNoneThatOthersMayWrite) {
  fs::create_directory(cache_);
  for (const auto writer : {fs::perms::others_write, fs::perms::group_write}) {
    fs::permissions(cache_, fs::perms::owner_all | writer);
    EXPECT_EQ(cache_folder().path, "");
    EXPECT_THAT(cache_folder().why_not, HasSubstr("others may write"));
  }
}

TEST_F(CacheFolderTest, IsNoneThatIsNoFolder) {
  fs::create_symlink("nowhere", cache_);
  EXPECT_EQ(cache_folder().path, "");
  fs::remove(cache_);
  fs::create_symlink("/dev/null", cache_);
  EXPECT_EQ(cache_folder().path, "");
}

TEST_F(CacheFolderTest, MayBeALinkOfThisUserToAFolderOfThisUser) {
  fs::create_directory(folder_ / "elsewhere");
  fs::create_directory_symlink(folder_ / "elsewhere", cache_);
  EXPECT_EQ(cache_folder().path, cache_);
}

TEST_F(CacheFolderTest, IsNoFolderAndNoLinkOfAnotherUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file to another user";
  constexpr uid_t kNobody = 65534;
  fs::create_directory(cache_);
  ASSERT_EQ(::chown(cache_.c_str(), kNobody, kNobody), 0);
  EXPECT_THAT(cache_folder().why_not, HasSubstr("another user"));
  fs::remove(cache_);
  fs::create_directory(folder_ / "mine");
  fs::create_directory_symlink(folder_ / "mine", cache_);
  ASSERT_EQ(::lchown(cache_.c_str(), kNobody, kNobody), 0);
  EXPECT_THAT(cache_folder().why_not, HasSubstr("another user"));
  EXPECT_EQ(cache_folder().path, "");
}

}  // namespace
}  // namespace nnstretch

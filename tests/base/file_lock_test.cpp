#include "base/file_lock.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"
#include "support/errors.h"
#include "support/paths.h"

namespace nnstretch {
namespace {

// A process that holds the lock until it is told to end or killed.
class Holder {
 public:
  explicit Holder(const std::filesystem::path& file) {
    int ready[2], end[2];
    EXPECT_EQ(::pipe(ready), 0);
    EXPECT_EQ(::pipe(end), 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(end[1]);
      {
        const FileLock lock(file, {});
        char byte = 'x';
        [[maybe_unused]] auto count = ::write(ready[1], &byte, 1);
        count = ::read(end[0], &byte, 1);
      }
      ::_exit(0);
    }
    ::close(end[0]), ::close(ready[1]);
    end_ = end[1];
    char byte;
    EXPECT_EQ(::read(ready[0], &byte, 1), 1);
    ::close(ready[0]);
  }
  ~Holder() { end(); }
  void end() { ::close(std::exchange(end_, -1)), wait(); }
  void kill() { ::kill(pid_, SIGKILL), wait(); }
  pid_t pid() const { return pid_; }

 private:
  void wait() {
    if (pid_ > 0) ::waitpid(std::exchange(pid_, 0), nullptr, 0);
  }
  pid_t pid_ = 0;
  int end_ = -1;
};

TEST(FileLock, SaysForWhomItWaitsAndGoesOnWhenThatOneEnds) {
  const testing::TemporaryFolder folder;
  Holder holder(folder / "lock");
  const std::string pid = std::to_string(holder.pid());
  std::vector<std::string> told;
  const FileLock lock(folder / "lock", [&](const std::string& who) {
    told.push_back(who);
    holder.end();
  });
  ASSERT_EQ(told.size(), 1u);
  EXPECT_TRUE(told[0].starts_with("process " + pid + " on ")) << told[0];
}

TEST(FileLock, DiesWithItsOwner) {
  const testing::TemporaryFolder folder;
  Holder(folder / "lock").kill();
  EXPECT_TRUE(std::filesystem::exists(folder / "lock"));
  {
    const FileLock lock(folder / "lock", [](const std::string& who) { ADD_FAILURE() << who; });
    EXPECT_TRUE(
        read_text(folder / "lock").starts_with("process " + std::to_string(::getpid()) + " on "));
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "lock"));
}

TEST(FileLock, RefusesWhatIsNoFileOfItsOwn) {
  const testing::TemporaryFolder folder;
  write_atomic(folder / "precious", std::string_view("text"));
  std::filesystem::create_symlink("precious", folder / "link");
  std::filesystem::create_directory(folder / "folder");
  EXPECT_ERROR(FileLock(folder / "link", nullptr), IoError, "/link: cannot ",
               "use a folder where it can be made");
  EXPECT_ERROR(FileLock(folder / "folder", nullptr), IoError, "/folder: cannot ",
               "use a folder where it can be made");
  EXPECT_ERROR(FileLock(folder / "nowhere" / "lock", nullptr), IoError, "/nowhere/lock: cannot ",
               "use a folder where it can be made");
  EXPECT_EQ(read_text(folder / "precious"), "text");
}

}  // namespace
}  // namespace nnstretch

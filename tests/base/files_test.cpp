// Whole files, errors and hashes.
#include "base/files.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "base/error.h"
#include "base/hash.h"
#include "support/paths.h"

namespace nnstretch {
namespace {

TEST(Files, AWrittenFileIsWholeAndNothingIsLeftBeside) {
  const testing::TemporaryFolder folder;
  const auto path = folder / "new" / "file.txt";
  write_atomic(path, "first");
  write_atomic(path, "second");
  EXPECT_EQ(read_text(path), "second");
  size_t entries = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(path.parent_path()))
    ++entries;
  EXPECT_EQ(entries, 1u);
}

// A process that was killed leaves its unfinished file; one that still runs is not disturbed.
TEST(Files, AWriteRemovesWhatDeadWritersLeft) {
  const testing::TemporaryFolder folder;
  const pid_t dead = ::fork();
  if (dead == 0) ::_exit(0);
  ::waitpid(dead, nullptr, 0);
  const auto touch = [&](const std::string& name) { std::ofstream(folder / name) << "half"; };
  const std::string of_dead = fmt::format("a.txt.{}.part", dead);
  const std::string of_parent = fmt::format("a.txt.{}.part", ::getppid());
  const std::string of_another = fmt::format("b.txt.{}.part", dead);
  for (const auto& name : {of_dead, of_parent, of_another, std::string("a.txt.x.part")})
    touch(name);
  write_atomic(folder / "a.txt", "whole");
  EXPECT_FALSE(std::filesystem::exists(folder / of_dead));
  for (const auto& name : {of_parent, of_another, std::string("a.txt.x.part")})
    EXPECT_TRUE(std::filesystem::exists(folder / name)) << name;
}

TEST(Files, AFailedWriteKeepsTheOldFileAndNamesThePath) {
  const testing::TemporaryFolder folder;
  std::filesystem::create_directories(folder / "taken");  // a folder where the file should go
  write_atomic(folder / "taken" / "inside", "kept");
  try {
    write_atomic(folder / "taken", "new");
    FAIL() << "a folder was replaced by a file";
  } catch (const IoError& error) {
    EXPECT_EQ(error.message().where, (folder / "taken").string());
  }
  EXPECT_EQ(read_text(folder / "taken" / "inside"), "kept");
}

TEST(Files, ReadingAFolderOrNothingIsAnError) {
  const testing::TemporaryFolder folder;
  EXPECT_THROW(read_text(folder.path()), IoError);
  EXPECT_THROW(read_bytes(folder / "nothing"), IoError);
}

TEST(Error, SaysWhereWhatAndWhatToDo) {
  EXPECT_STREQ(ConfigError({.what = "it is bad", .where = "a.yaml:3", .fix = "mend it"}).what(),
               "a.yaml:3: it is bad: mend it");
  EXPECT_STREQ(IoError({.what = "it is bad"}).what(), "it is bad");
}

TEST(Hash, TellsPiecesApart) {
  EXPECT_NE(Hash().add("ab").add("c").hex(), Hash().add("a").add("bc").hex());
  EXPECT_EQ(Hash().add("ab").hex(), Hash().add("ab").hex());
  EXPECT_EQ(Hash().hex().size(), 32u);
}

}  // namespace
}  // namespace nnstretch

// Whole files, errors and hashes.
#include "base/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <future>
#include <set>
#include <string>
#include <thread>

#include "base/error.h"
#include "base/hash.h"
#include "support/errors.h"
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
  const std::string of_dead = fmt::format("a.txt.{}-1.part", dead);
  const std::string of_parent = fmt::format("a.txt.{}-1.part", ::getppid());
  const std::string of_another = fmt::format("b.txt.{}-1.part", dead);
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

// What is written into a pipe, read by a thread.
class Reader {
 public:
  explicit Reader(const std::filesystem::path& pipe)
      : text_(std::async(std::launch::async, [pipe] { return text_of(pipe); })) {}
  std::string text() { return text_.get(); }

 private:
  static std::string text_of(const std::filesystem::path& pipe) {
    std::ifstream file(pipe);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::future<std::string> text_;
};

TEST(Files, APipeIsWrittenIntoAndStays) {
  const testing::TemporaryFolder folder;
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  Reader reader(folder / "pipe");
  const std::string large(200'000, 'x');  // more than a pipe holds
  write_atomic(folder / "pipe", large);
  EXPECT_EQ(reader.text(), large);
  EXPECT_TRUE(std::filesystem::is_fifo(folder / "pipe"));
}

TEST(Files, WhatIsWrittenOverComesOutOfAPipeAsOutOfAFile) {
  const testing::TemporaryFolder folder;
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  Reader reader(folder / "pipe");
  const auto bytes = [](std::string_view text) { return std::as_bytes(std::span(text)); };
  AtomicFile file(folder / "pipe");
  file.append(bytes("....body"));
  file.write_at(0, bytes("head"));
  file.commit();
  EXPECT_EQ(reader.text(), "headbody");
}

TEST(Files, ADeviceIsWrittenIntoAndStays) {
  EXPECT_NO_THROW(write_atomic("/dev/null", "text"));
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
  const testing::TemporaryFolder folder;
  std::filesystem::create_symlink("/dev/full", folder / "full");  // its disk is full
  try {
    write_atomic(folder / "full", "text");
    FAIL() << "written to a full disk";
  } catch (const IoError& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("No space left"));
    EXPECT_EQ(error.message().where, (folder / "full").string());
  }
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/full"));
}

// As `nnstretch ... --json /dev/stdout > file`: behind what is there, and nothing is begun anew.
TEST(Files, AnOpenDescriptorIsWrittenIntoWhereItStands) {
  const testing::TemporaryFolder folder;
  write_atomic(folder / "file", "0123456789");
  const int descriptor = ::open((folder / "file").c_str(), O_WRONLY);
  ASSERT_EQ(::lseek(descriptor, 4, SEEK_SET), 4);
  std::filesystem::create_symlink(fmt::format("/proc/self/fd/{}", descriptor), folder / "link");
  write_atomic(folder / "link", "ab");
  write_atomic(fmt::format("/dev/fd/{}", descriptor), "cd");
  ::close(descriptor);
  EXPECT_EQ(read_text(folder / "file"), "0123abcd89");
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  EXPECT_ERROR(write_atomic("/proc/self/fd/12345", "x"), IoError, "/proc/self/fd/12345: cannot ");
}

TEST(Files, LinksAreFollowedAndStay) {
  const testing::TemporaryFolder folder;
  std::filesystem::create_directory(folder / "else");
  write_atomic(folder / "else" / "target", "old");
  std::filesystem::create_symlink("else/target", folder / "one");
  std::filesystem::create_symlink("one", folder / "two");
  write_atomic(folder / "two", "new");
  EXPECT_EQ(read_text(folder / "else" / "target"), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "one"));
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "two"));
}

TEST(Files, AReplacedFileKeepsItsPermissions) {
  const testing::TemporaryFolder folder;
  write_atomic(folder / "secret", "old");
  std::filesystem::permissions(folder / "secret", std::filesystem::perms(0600));
  write_atomic(folder / "secret", "new");
  EXPECT_EQ(std::filesystem::status(folder / "secret").permissions(), std::filesystem::perms(0600));
}

TEST(Files, ALinkToNothingOrInACircleIsAnErrorThatNamesIt) {
  const testing::TemporaryFolder folder;
  std::filesystem::create_symlink("nowhere", folder / "one");
  std::filesystem::create_symlink("one", folder / "two");
  std::filesystem::create_symlink("circle", folder / "circle");
  for (const char* name : {"one", "two", "circle"}) {
    try {
      write_atomic(folder / name, "text");
      ADD_FAILURE() << name;
    } catch (const IoError& error) {
      EXPECT_EQ(error.message().where, (folder / name).string());
    }
    EXPECT_TRUE(std::filesystem::is_symlink(folder / name));
  }
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 3);
}

// Who may write into the folder may have guessed the name beside.
TEST(Files, ALinkInThePlaceOfTheUnfinishedFileIsNotFollowed) {
  const testing::TemporaryFolder folder;
  write_atomic(folder / "victim", "mine");
  for (int i = 1; i < 50; ++i)
    for (const auto& name :
         {fmt::format("a.{}.part", ::getpid()), fmt::format("a.{}-{}.part", ::getpid(), i)}) {
      std::error_code there;
      std::filesystem::create_symlink("victim", folder / name, there);
    }
  write_atomic(folder / "a", "text");
  EXPECT_EQ(read_text(folder / "a"), "text");
  EXPECT_EQ(read_text(folder / "victim"), "mine");
}

TEST(Files, WhatCanBeWrittenIsKnownBeforeAndLeavesNoTrace) {
  const testing::TemporaryFolder folder;
  write_atomic(folder / "old", "old");
  std::filesystem::create_symlink("nowhere", folder / "dangling");
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  for (const char* name : {"old", "new", "not/there/yet", "pipe"})
    EXPECT_NO_THROW(check_writable(folder / name)) << name;
  EXPECT_NO_THROW(check_writable("/dev/null"));
  EXPECT_NO_THROW(check_writable("/dev/stdout"));
  const std::pair<std::string, std::string> refused[] = {{"dangling", "/dangling"},
                                                         {"", "/"},
                                                         {"new/", "/new/"},
                                                         {"old/below", "/old"},
                                                         {"old/far/below", "/old/far/below"}};
  for (const auto& [name, place] : refused)
    EXPECT_ERROR(check_writable(folder / name), IoError,
                 folder.path().native() + place + ": cannot ")
        << name;
  std::set<std::string> left;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    left.insert(entry.path().filename());
  EXPECT_EQ(left, (std::set<std::string>{"old", "dangling", "pipe"}));
  EXPECT_EQ(read_text(folder / "old"), "old");
}

TEST(Files, ANewFileIsNoOldOneAndNoLink) {
  const testing::TemporaryFolder folder;
  std::filesystem::create_symlink("nowhere", folder / "link");
  const std::vector<std::byte> bytes(3);
  EXPECT_ERROR(write_new(folder / "link", bytes), IoError, "/link: cannot ", "File exists");
  write_new(folder / "file", bytes);
  EXPECT_EQ(read_bytes(folder / "file"), bytes);
  EXPECT_ERROR(write_new(folder / "file", bytes), IoError, "/file: cannot ", "File exists");
}

TEST(Files, ReadingAFolderOrNothingIsAnError) {
  const testing::TemporaryFolder folder;
  EXPECT_ERROR(read_text(folder.path()), IoError, folder.path().native(), "Is a directory");
  EXPECT_ERROR(read_bytes(folder / "nothing"), IoError, "/nothing: cannot ", "No such file");
}

// More than a pipe holds at once, and nothing at all.
TEST(Files, APipeIsReadToItsEnd) {
  const testing::TemporaryFolder folder;
  const auto pipe = folder / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  for (const size_t size : {size_t{0}, size_t{1}, size_t{300'000}}) {
    std::string sent(size, 'x');
    for (size_t i = 0; i < size; ++i) sent[i] = static_cast<char>(i * 7);
    std::thread writer([&] { std::ofstream(pipe, std::ios::binary) << sent; });
    const std::string got = read_text(pipe);
    writer.join();
    EXPECT_EQ(got, sent);
  }
}

// Files of /proc say that they are empty.
TEST(Files, AFileOfUnknownLengthIsReadToItsEnd) {
  EXPECT_NE(read_text("/proc/self/status").find("VmRSS"), std::string::npos);
  EXPECT_TRUE(read_bytes("/dev/null").empty());
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

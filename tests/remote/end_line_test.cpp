// What wraps commands of another machine's shell, tried with the shell of this one.
#include "remote/end_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <string>
#include <vector>

#include "base/process.h"

namespace nnstretch::remote {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;

struct Done {
  std::vector<std::string> lines;
  std::optional<Ended> there;
  Ended here;
};

Done run(const std::string& command, bool hold_input = false,
         std::optional<Command::Time> silence = {}) {
  Done done;
  done.here = Process({.words = {"sh", "-c", command},
                       .hold_input = hold_input,
                       .on_stdout =
                           [&](std::string_view line) {
                             if (const auto end = end_in(line))
                               done.there = end;
                             else if (!line.empty())
                               done.lines.emplace_back(line);
                           },
                       .on_stderr = [](std::string_view) {},
                       .silence = silence})
                  .wait();
  return done;
}

TEST(EndLine, QuotesAnyWord) {
  const std::string word = "it's $HOME `date` \"*\" \\ \n end";
  std::string got;
  Process({.words = {"sh", "-c", "printf %s " + shell_word(word)},
           .on_stdout = [&](std::string_view piece) { got += piece; },
           .stdout_by_line = false})
      .wait();
  EXPECT_EQ(got, word);
}

TEST(EndLine, TellsTheCodeBehindAllThatWasSaid) {
  const Done done = run(with_end_line("echo one; echo bad >&2; printf two; exit 7", true));
  EXPECT_THAT(done.lines, ElementsAre("one", "bad", "two"));
  ASSERT_TRUE(done.there);
  EXPECT_EQ(done.there->status, 7);
  EXPECT_TRUE(run(with_end_line("true", true)).there->well());
  EXPECT_EQ(run(with_end_line("sh -c 'kill -SEGV $$'", true)).there->signal, SIGSEGV);
}

TEST(EndLine, IsNotThereIfTheShellWasCutShort) {
  EXPECT_FALSE(run(with_end_line("kill -9 $$", true)).there);
}

TEST(EndLine, IsToldFromOtherLines) {
  EXPECT_EQ(end_in("nnstretch-ended 3")->status, 3);
  EXPECT_EQ(end_in("nnstretch-ended 139\r")->signal, 11);
  for (const char* line : {"nnstretch-ended", "nnstretch-ended ", "nnstretch-ended 1 2",
                           "nnstretch-ended -1", "nnstretch-ended 256", " nnstretch-ended 0",
                           "nnstretch-ended 0x1", "nnstretch-ended 99999999999999999999"})
    EXPECT_FALSE(end_in(line)) << line;
}

TEST(Kept, JobsHaveNoInputAndTellTheirCode) {
  const Done done = run(kept("cat; echo said; echo bad >&2; exit 5"), true);
  EXPECT_THAT(done.lines, ElementsAre("said", "bad"));
  ASSERT_TRUE(done.there);
  EXPECT_EQ(done.there->status, 5);
  EXPECT_TRUE(done.here.well());
}

TEST(Kept, JobsAreKilledWhenTheInputEnds) {
  const Done done = run(kept("echo $$; exec sleep 300"), /*hold_input=*/false);
  ASSERT_TRUE(done.there);
  EXPECT_EQ(done.there->signal, SIGKILL);
}

TEST(Kept, NobodyIsLeftThatHoldsAnOutput) {
  // `cat` ends when the keeper and all that it started have let go of it.
  const Done done = run("( " + kept("echo one") + " ) | cat", true);
  EXPECT_THAT(done.lines, ElementsAre("one"));
  EXPECT_TRUE(done.here.well());
}

}  // namespace
}  // namespace nnstretch::remote

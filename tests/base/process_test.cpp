#include "base/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <iostream>
#include <map>
#include <set>
#include <thread>

#include "base/error.h"
#include "base/pipe.h"
#include "support/errors.h"
#include "support/paths.h"

namespace nnstretch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TemporaryFolder;
using Why = Ended::Why;

std::vector<std::string> shell(const std::string& script) { return {"/bin/sh", "-c", script}; }

// A test of this program, as a command.
std::vector<std::string> this_program(const std::string& test) {
  return {std::filesystem::read_symlink("/proc/self/exe"), "--gtest_also_run_disabled_tests",
          "--gtest_filter=" + test};
}

Command::OnLine into(std::vector<std::string>& lines) {
  return [&lines](std::string_view line) { lines.emplace_back(line); };
}

// A named pipe: to open its one end waits for who opens the other.
class Fifo {
 public:
  Fifo() { EXPECT_EQ(::mkfifo(path().c_str(), 0600), 0); }
  std::string path() const { return folder_ / "fifo"; }

 private:
  TemporaryFolder folder_;
};

TEST(Process, GivesTheLinesOfBothOutputsAndTheStatus) {
  std::vector<std::string> out, err;
  Process child({.words = shell("echo one; echo; printf 'two'; echo bad >&2; exit 7"),
                 .on_stdout = into(out),
                 .on_stderr = into(err)});
  const Ended ended = child.wait();
  EXPECT_THAT(out, ElementsAre("one", "", "two"));
  EXPECT_THAT(err, ElementsAre("bad"));
  EXPECT_EQ(ended.status, 7);
  EXPECT_EQ(ended.signal, 0);
  EXPECT_FALSE(ended.well());
  EXPECT_EQ(ended.said(), "ended with status 7");
}

TEST(Process, TakesWordsAsTheyAre) {
  std::vector<std::string> out;
  const Ended ended =
      Process({.words = {"printf", "%s\n", "a b", "$HOME", "*", "", "'\""}, .on_stdout = into(out)})
          .wait();
  EXPECT_TRUE(ended.well());
  EXPECT_THAT(out, ElementsAre("a b", "$HOME", "*", "", "'\""));
}

TEST(Process, MayBeCalledByAnotherName) {
  std::vector<std::string> out;
  Process({.words = {"made_up", "-c", "echo $0"}, .program = "/bin/sh", .on_stdout = into(out)})
      .wait();
  EXPECT_THAT(out, ElementsAre("made_up"));
}

// More than pipes hold, both ways at once.
TEST(Process, FeedsAndReadsAtTheSameTime) {
  std::string input;
  std::vector<std::string> wanted, out;
  for (int i = 0; i < 100'000; ++i) {
    wanted.push_back(fmt::format("line {}", i));
    input += wanted.back() + '\n';
  }
  EXPECT_TRUE(Process({.words = {"cat"}, .input = input, .on_stdout = into(out)}).wait().well());
  EXPECT_EQ(out, wanted);
}

TEST(Process, CutsALineThatDoesNotEndIntoPieces) {
  const std::string input(5'000'000, 'x');
  std::vector<std::string> out;
  Process({.words = {"cat"}, .input = input, .on_stdout = into(out)}).wait();
  std::string all;
  for (const std::string& piece : out) {
    EXPECT_LE(piece.size(), 1'200'000u);
    all += piece;
  }
  EXPECT_EQ(all, input);
  EXPECT_GT(out.size(), 1u);
}

TEST(Process, MayLeaveItsInputUnread) {
  Process child({.words = shell("exec <&-; exit 3"), .input = std::string(1'000'000, 'x')});
  EXPECT_EQ(child.wait().status, 3);
}

TEST(Process, HasNoInputWhereNoneIsGiven) {
  std::vector<std::string> out;
  Process({.words = shell("cat; echo end"), .on_stdout = into(out)}).wait();
  EXPECT_THAT(out, ElementsAre("end"));
}

// What reads to the end of its input ends with this process, not before.
TEST(Process, HoldsItsInputOpenIfAsked) {
  std::vector<std::string> out;
  Process child({.words = shell("read line; echo \"$line\"; cat"),
                 .input = "first\n",
                 .hold_input = true,
                 .on_stdout = into(out),
                 .silence = milliseconds(300)});
  EXPECT_EQ(child.wait().why, Why::silence);
  EXPECT_THAT(out, ElementsAre("first"));
}

TEST(Process, GivesBytesAsTheyAreIfAsked) {
  // Whether the last line has an end is seen.
  for (const std::string& input :
       {std::string("one\ntwo\n\n\0three\r\n", 17), std::string("one")}) {
    std::string all;
    Process({.words = {"cat"},
             .input = input,
             .on_stdout = [&](std::string_view piece) { all += piece; },
             .stdout_by_line = false})
        .wait();
    EXPECT_EQ(all, input);
  }
}

TEST(Process, WritesToStandardErrorWhatHasNoReader) {
  std::vector<std::string> out, err;
  auto words = this_program("Process.DISABLED_StartsAChildWithoutReaders");
  Process({.words = words, .on_stdout = into(out), .on_stderr = into(err)}).wait();
  EXPECT_THAT(err, ElementsAre("to stdout", "to stderr"));
}
TEST(Process, DISABLED_StartsAChildWithoutReaders) {
  Process({.words = shell("echo to stdout; echo to stderr >&2")}).wait();
}

TEST(Process, SaysWhichSignalEndedIt) {
  const Ended ended = Process({.words = shell("kill -ABRT $$")}).wait();
  EXPECT_EQ(ended.signal, SIGABRT);
  EXPECT_EQ(ended.said(), "was ended by signal 6 (Aborted)");
  EXPECT_FALSE(ended.well());
}

Message refusal(Command command) {
  try {
    Process child(std::move(command));
  } catch (const Error& error) {
    return error.message();
  }
  return {.what = "no error"};
}

TEST(Process, ThatCannotBeStartedIsAnErrorWithTheRemedy) {
  const Message none = refusal({.words = {"no-such-program", "x"}});
  EXPECT_EQ(none.what, "cannot be started: No such file or directory");
  EXPECT_EQ(none.where, "no-such-program");
  EXPECT_THAT(none.fix, HasSubstr("$PATH"));
  const Message folder = refusal({.words = {"x"}, .program = "/usr"});
  EXPECT_EQ(folder.what, "cannot be started: Permission denied");
  EXPECT_EQ(folder.where, "/usr");
  EXPECT_THAT(folder.fix, HasSubstr("a program that may be started"));
  EXPECT_ERROR(Process(Command()), UsageError, "no command", "give its words");
}

// ---- limits, and the end before its time

TEST(Process, IsEndedWhenItsTimeIsOver) {
  const Fifo never;
  Process child({.words = shell("read x < " + never.path()), .limit = milliseconds(50)});
  const Ended ended = child.wait();
  EXPECT_EQ(ended.why, Why::limit);
  EXPECT_EQ(ended.signal, SIGTERM);
  EXPECT_FALSE(ended.well());
  EXPECT_EQ(ended.said(), "had not ended after 0.05 s and was ended");
}

TEST(Process, IsEndedWhenItSaysNothing) {
  const Fifo never;
  std::vector<std::string> out;
  Process child({.words = shell("echo one; echo two; read x < " + never.path()),
                 .on_stdout = into(out),
                 .silence = milliseconds(300)});
  const Ended ended = child.wait();
  EXPECT_EQ(ended.why, Why::silence);
  EXPECT_EQ(ended.said(), "said nothing for 0.3 s and was ended");
  EXPECT_THAT(out, ElementsAre("one", "two"));
}

TEST(Process, MayTakeLongAsLongAsItSpeaks) {
  const Ended ended =
      Process({.words = shell("for i in 1 2 3 4 5 6; do sleep 0.5; echo $i >&2; done"),
               .on_stderr = [](std::string_view) {},
               .silence = milliseconds(2500)})
          .wait();
  EXPECT_TRUE(ended.well()) << ended.said();
}

TEST(Process, ThatGivesAStatusWhenItIsEndedHasNotEndedWell) {
  const Fifo never;
  Process child({.words = shell("trap 'exit 0' TERM; echo up; read x < " + never.path()),
                 .on_stdout = [&](std::string_view) { child.cancel(); }});
  const Ended ended = child.wait();
  EXPECT_EQ(ended.why, Why::cancel);
  EXPECT_EQ(ended.status, 0);
  EXPECT_FALSE(ended.well());
  EXPECT_EQ(ended.said(), "was cancelled");
}

TEST(Process, IsCancelledFromAnotherThread) {
  const Fifo never;
  Process child({.words = shell("read x < " + never.path())});
  std::thread other([&] { child.cancel(); });
  EXPECT_EQ(child.wait().why, Why::cancel);
  other.join();
  child.cancel();  // too late: nothing happens
}

TEST(Process, ThatIsDeafToTheSignalIsKilled) {
  const Fifo never;
  Process child({.words = shell("trap '' TERM; echo up; read x < " + never.path()),
                 .on_stdout = [&](std::string_view) { child.cancel(); },
                 .grace = milliseconds(50)});
  const Ended ended = child.wait();
  EXPECT_EQ(ended.why, Why::cancel);
  EXPECT_EQ(ended.signal, SIGKILL);
}

TEST(Process, IsKilledWhereNobodyWaitsOrAReaderThrows) {
  const Fifo never;
  const Command command{.words = shell("echo up; read x < " + never.path()),
                        .on_stdout = [](std::string_view line) { throw std::string(line); }};
  { const Process unwaited(command); }
  Process child(command);
  EXPECT_THROW(child.wait(), std::string);
}

// ---- its group

// True once nobody has the pipe open for writing any more; false after a minute.
bool everybody_left(const Descriptor& pipe) {
  for (char bytes[64];;) {
    pollfd end{pipe.get(), POLLIN, 0};
    if (::poll(&end, 1, 60'000) <= 0) return false;
    if (::read(pipe.get(), bytes, sizeof bytes) == 0) return true;
  }
}

// Starts a child of its own that keeps the pipe open, and would do so for ever.
std::string leaves_a_child(const Fifo& open, const Fifo& never) {
  return fmt::format("exec 3>{}; (trap '' HUP TERM; read x < {}) & ", open.path(), never.path());
}

Descriptor reader_of(const Fifo& fifo) {
  return Descriptor(::open(fifo.path().c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
}

TEST(Process, EndsWithAllThatItStarted) {
  const Fifo open, never;
  const Descriptor pipe = reader_of(open);
  std::vector<std::string> out;
  EXPECT_TRUE(
      Process({.words = shell(leaves_a_child(open, never) + "echo end"), .on_stdout = into(out)})
          .wait()
          .well());
  EXPECT_THAT(out, ElementsAre("end"));  // though the child still had the output
  EXPECT_TRUE(everybody_left(pipe));
}

TEST(Process, IsCancelledWithAllThatItStarted) {
  const Fifo open, never;
  const Descriptor pipe = reader_of(open);
  Process child({.words = shell(leaves_a_child(open, never) + "echo up; wait"),
                 .on_stdout = [&](std::string_view) { child.cancel(); }});
  EXPECT_EQ(child.wait().signal, SIGTERM);
  EXPECT_TRUE(everybody_left(pipe));
}

// The program in the middle is killed; it can do nothing about what it started.
TEST(Process, EndsWithAllThatItStartedWhenItsParentIsKilled) {
  const Fifo open, never;
  const Descriptor pipe = reader_of(open);
  ::setenv("PROCESS_TEST_SCRIPT", (leaves_a_child(open, never) + "echo up; wait").c_str(), 1);
  std::string pid;
  bool was_up = false;
  Process middle({.words = this_program("Process.DISABLED_StartsAChildAndSaysWhoItIs"),
                  .on_stderr = [&](std::string_view line) {
                    if (line.starts_with("pid ")) pid = line.substr(4);
                    if (line != "up") return;
                    was_up = true;
                    ::kill(std::stoi(pid), SIGKILL);
                  }});
  EXPECT_EQ(middle.wait().signal, SIGKILL);
  EXPECT_TRUE(was_up);
  EXPECT_TRUE(everybody_left(pipe));
}
TEST(Process, DISABLED_StartsAChildAndSaysWhoItIs) {
  std::cerr << "pid " << ::getpid() << std::endl;
  Process({.words = shell(std::getenv("PROCESS_TEST_SCRIPT"))}).wait();
}

// ---- what it leaves in this process

// Descriptor -> what it is open for.
std::map<int, std::string> descriptors() {
  std::map<int, std::string> open;
  for (int number = 0; number < 256; ++number) {
    std::error_code closed;
    const auto what =
        std::filesystem::read_symlink(fmt::format("/proc/self/fd/{}", number), closed);
    if (!closed) open[number] = what;
  }
  return open;
}

TEST(Process, LeavesNoDescriptorAndNoZombie) {
  const Fifo never;
  const auto before = descriptors();
  for (int i = 0; i < 3; ++i) {
    Process({.words = {"cat"}, .input = "x", .on_stdout = [](std::string_view) {}}).wait();
    Process unwaited({.words = shell("read x < " + never.path())});
    refusal({.words = {"no-such-program"}});
  }
  EXPECT_EQ(descriptors(), before);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST(Process, InheritsNoDescriptorOfAnother) {
  const Fifo never;
  Process other({.words = shell("read x < " + never.path()),
                 .input = "x",
                 .on_stdout = [](std::string_view) {},
                 .on_stderr = [](std::string_view) {}});
  std::set<std::string> inherited = {"0", "1", "2"}, open;
  for (const auto& [number, what] : descriptors())
    if (!(::fcntl(number, F_GETFD) & FD_CLOEXEC)) inherited.insert(std::to_string(number));
  // The folder that the shell opens to list them is closed when it looks again.
  Process({.words = shell("for f in /proc/$$/fd/*; do [ -e $f ] && echo ${f##*/}; done"),
           .on_stdout = [&](std::string_view number) { open.emplace(number); }})
      .wait();
  EXPECT_EQ(open, inherited);
}

// Each number of a standard stream is then the next one to be given to a pipe.
TEST(Process, WorksWhereStandardStreamsAreClosed) {
  for (const std::string closed : {"<&-", ">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-"}) {
    SCOPED_TRACE(closed);
    auto words = this_program("Process.DISABLED_FeedsAndReads");
    words.insert(words.begin(), {"/bin/sh", "-c", "exec \"$0\" \"$@\" " + closed});
    const Ended ended = Process({.words = words}).wait();
    EXPECT_TRUE(ended.well()) << ended.said();
  }
}
TEST(Process, DISABLED_FeedsAndReads) {
  std::vector<std::string> out, err;
  const std::string script = "cat; echo bad >&2";
  Process({.words = shell(script), .input = "in", .on_stdout = into(out), .on_stderr = into(err)})
      .wait();
  EXPECT_THAT(out, ElementsAre("in"));
  EXPECT_THAT(err, ElementsAre("bad"));
  EXPECT_TRUE(Process({.words = shell("echo out; echo err >&2")}).wait().well());
}

void take_no_notice(int) {}

TEST(Process, IsWaitedForThroughSignals) {
  struct sigaction handler {
  }, before{};
  handler.sa_handler = take_no_notice;  // without SA_RESTART: every call may be interrupted
  ::sigaction(SIGUSR1, &handler, &before);
  std::vector<std::string> out;
  const Ended ended =
      Process({.words = shell("for i in 1 2 3 4 5 6 7 8 9; do kill -USR1 $PPID; echo $i; done"),
               .on_stdout = into(out)})
          .wait();
  ::sigaction(SIGUSR1, &before, nullptr);
  EXPECT_TRUE(ended.well()) << ended.said();
  EXPECT_EQ(out.size(), 9u);
}

TEST(Process, RunsInManyThreadsAtOnce) {
  std::vector<std::thread> threads;
  std::vector<std::vector<std::string>> out(8);
  for (size_t i = 0; i < out.size(); ++i)
    threads.emplace_back([&, i] {
      for (int k = 0; k < 5; ++k)
        Process({.words = {"cat"}, .input = fmt::format("{} {}", i, k), .on_stdout = into(out[i])})
            .wait();
    });
  for (std::thread& thread : threads) thread.join();
  for (size_t i = 0; i < out.size(); ++i)
    for (size_t k = 0; k < 5; ++k) EXPECT_EQ(out[i].at(k), fmt::format("{} {}", i, k));
}

}  // namespace
}  // namespace nnstretch

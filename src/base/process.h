// Commands of this machine, started as children of this process: words, and no shell reads them.
//     Process push({.words = {"adb", "push", from, to}, .on_stdout = show, .silence = 30s});
//     if (const Ended ended = push.wait(); !ended.well())
//       throw IoError({.what = "`adb push` " + ended.said()});  // "... ended with status 1"
// A child and all that it starts are one process group, which ends with the child, and with this
// process, however that ends. Only who makes a group of its own, as a daemon does, lives on.
#pragma once
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nnstretch {

struct Command {
  using OnLine = std::function<void(std::string_view line)>;
  using Time = std::chrono::milliseconds;

  std::vector<std::string> words;  // the program, then its arguments
  std::string program = {};        // where it lies, if the first word is only what it is called
  std::string input = {};          // all that its standard input gives
  bool hold_input = false;         // and it stays open then, for who waits for its end
  // Each line without its end, in order, on the thread that waits; a line of more than a mebibyte
  // comes in pieces. What has no reader here goes to the standard error of this process.
  OnLine on_stdout = {}, on_stderr = {};
  bool stdout_by_line = true;            // else all its bytes, in pieces as they come
  std::optional<Time> limit = {};        // from the start to the end
  std::optional<Time> silence = {};      // from one piece of output to the next that is read here
  Time grace = std::chrono::seconds(2);  // from SIGTERM to SIGKILL
};

struct Ended {
  enum class Why { itself, limit, silence, cancel };
  Why why = Why::itself;
  int status = 0;            // what it gave
  int signal = 0;            // what ended it instead; 0: none
  Command::Time after = {};  // the limit that it passed

  bool well() const { return why == Why::itself && status == 0 && signal == 0; }
  // After the name of the command: "was ended by signal 6 (Aborted)".
  std::string said() const;
};

// The file of this program. IoError if the system does not tell it.
std::filesystem::path this_program();

// From the status that waitpid gave.
Ended ended_of(int wait_status);

class Process {
 public:
  // Starts the command; a program without '/' is looked for in $PATH. IoError naming the program if
  // it cannot be started, UsageError without words.
  explicit Process(Command command);
  // Kills the group if it still runs.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // Feeds the child and gives its lines until it has ended; once. Past a limit, or cancelled, the
  // group gets SIGTERM and after the grace SIGKILL. What others keep the child's outputs open for
  // is not waited for. What a reader throws comes out here, and the destructor kills the group.
  Ended wait();
  // From any thread, also before wait() and after it; safe in a signal handler.
  void cancel() noexcept;

 private:
  class Child;
  std::unique_ptr<Child> child_;
};

}  // namespace nnstretch

// What the program says beside its results: all on stderr, line by line, printable (base/names.h).
//     log::warn("{}: no calibration images, the project's own are used", path);
//     Progress progress("building", 40);      // a bar on a terminal, plain lines elsewhere
//     progress.step("R-34-CD");
#pragma once
#include <fmt/format.h>

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

namespace nnstretch {

// All of the text to standard error. What cannot be written there, as to a full disk or to somebody
// who reads no more, is lost: the work goes on.
void to_stderr(std::string_view text) noexcept;

namespace log {

void info_line(std::string_view line);
void warn_line(std::string_view line);  // prefixed with "warning: "
// Only warnings from now on.
void be_quiet();
// Lines go here from now on, not to stderr: one at a time, without "warning: ", from any thread.
// Null: nowhere.
using Sink = std::function<void(bool warning, std::string_view line)>;
void use_sink(Sink sink);

template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  info_line(fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void warn(fmt::format_string<Args...> format, Args&&... args) {
  warn_line(fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace log

// Long work calls it with what begins, "compiling part stem by litert". May be empty.
using OnStep = std::function<void(const std::string& step)>;

// Progress of a known number of steps, and of the time they take. On a terminal one line that is
// redrawn; elsewhere one line at most every two seconds.
class Progress {
 public:
  Progress(std::string what, size_t total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  // `now` is what begins; the steps before it are done.
  void step(std::string_view now);
  // What the present step is doing.
  void say(std::string_view detail);
  // A line that stays, above the bar.
  void print(std::string_view line);
  void warn(std::string_view line);

 private:
  void draw(std::string_view now);
  void clear();
  std::string clock(std::chrono::steady_clock::time_point now) const;
  std::string what_;
  size_t total_, done_ = 0;
  bool terminal_, drawn_ = false;
  std::chrono::steady_clock::time_point started_, last_;
};

}  // namespace nnstretch

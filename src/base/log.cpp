#include "base/log.h"

#include <unistd.h>

#include <cerrno>
#include <mutex>
#include <utility>

#include "base/columns.h"
#include "base/flags.h"
#include "base/names.h"
#include "base/standard_streams.h"

namespace nnstretch {
namespace {

void line_to_stderr(bool warning, std::string_view line) {
  std::string text = fmt::format("{}{}", warning ? "warning: " : "", line);
  if (const auto columns = columns_of(STDERR_FILENO)) text = wrapped(text, *columns, 2);
  to_stderr(text + "\n");
}

// "7 s", "3 min"
std::string said(std::chrono::steady_clock::duration time) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time).count();
  return seconds < 120 ? fmt::format("{} s", seconds) : fmt::format("{} min", (seconds + 30) / 60);
}

struct Log {
  std::mutex mutex;
  log::Sink sink = line_to_stderr;
  bool quiet = false;

  void write(bool warning, std::string_view line) {
    const std::lock_guard lock(mutex);
    if (sink && (warning || !quiet)) sink(warning, printable(with_flags(line)));
  }
};

Log& of_process() {
  static Log log;
  return log;
}

}  // namespace

void to_stderr(std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t count = write_quietly(STDERR_FILENO, text);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    text.remove_prefix(static_cast<size_t>(count));
  }
}

namespace log {

void info_line(std::string_view line) { of_process().write(false, line); }
void warn_line(std::string_view line) { of_process().write(true, line); }

void be_quiet() {
  const std::lock_guard lock(of_process().mutex);
  of_process().quiet = true;
}

void use_sink(Sink sink) {
  const std::lock_guard lock(of_process().mutex);
  of_process().sink = std::move(sink);
}

}  // namespace log

Progress::Progress(std::string what, size_t total)
    : what_(std::move(what)),
      total_(total),
      terminal_(::isatty(STDERR_FILENO) == 1),
      started_(std::chrono::steady_clock::now()),
      last_(started_) {}

Progress::~Progress() {
  if (drawn_) to_stderr("\r\033[K");
}

void Progress::step(std::string_view now) {
  ++done_;
  draw(now);
}

void Progress::say(std::string_view detail) { draw(detail); }

void Progress::print(std::string_view line) {
  clear();
  log::info_line(line);
}

void Progress::warn(std::string_view line) {
  clear();
  log::warn_line(line);
}

// A line that stays says, too, that something goes on.
void Progress::clear() {
  if (drawn_) to_stderr("\r\033[K");
  last_ = std::chrono::steady_clock::now();
}

// Of several steps, once one is done: for how long it has been going on and will.
std::string Progress::clock(std::chrono::steady_clock::time_point now) const {
  if (total_ < 2 || done_ < 2) return {};
  const auto before = now - started_;
  const auto a_step = before / (static_cast<double>(done_) - 0.5);  // the present one is half done
  const auto left = a_step * (static_cast<double>(total_ - done_) + 0.5);
  return fmt::format(", {}, {} left,", said(before),
                     said(std::chrono::duration_cast<std::chrono::steady_clock::duration>(left)));
}

void Progress::draw(std::string_view now) {
  const auto time = std::chrono::steady_clock::now();
  const auto line = fmt::format("{} {}/{}{} {}", what_, done_, total_, clock(time), now);
  if (terminal_) {
    const size_t columns = columns_of(STDERR_FILENO).value_or(80);
    to_stderr(fmt::format("\r\033[K{:.{}}", printable(line), columns - 1));
    drawn_ = true;
  } else if (time - last_ > std::chrono::seconds(2)) {
    log::info_line(line);
    last_ = time;
  }
}

}  // namespace nnstretch

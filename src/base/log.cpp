#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdio>
#include <memory>

#include "base/flags.h"
#include "base/names.h"

namespace nnstretch {
namespace {

spdlog::logger& logger() {
  static const auto instance = [] {
    auto made = std::make_shared<spdlog::logger>("nnstretch",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    return made;
  }();
  return *instance;
}

}  // namespace

namespace log {
void info_line(std::string_view line) { logger().info("{}", printable(with_flags(line))); }
void warn_line(std::string_view line) { logger().warn("warning: {}", printable(with_flags(line))); }
void be_quiet() { logger().set_level(spdlog::level::warn); }
}  // namespace log

Progress::Progress(std::string what, size_t total)
    : what_(std::move(what)),
      total_(total),
      terminal_(::isatty(STDERR_FILENO) == 1),
      started_(std::chrono::steady_clock::now()),
      last_(started_) {}

Progress::~Progress() {
  if (drawn_) std::fputs("\r\033[K", stderr);
}

void Progress::step(std::string_view now) {
  ++done_;
  draw(now);
}

void Progress::say(std::string_view detail) { draw(detail); }

void Progress::print(std::string_view line) {
  if (drawn_) std::fputs("\r\033[K", stderr);
  log::info_line(line);
  last_ = std::chrono::steady_clock::now();
}

void Progress::draw(std::string_view now) {
  const auto time = std::chrono::steady_clock::now();
  const auto line = fmt::format("{} {}/{} {}", what_, done_, total_, now);
  if (terminal_) {
    fmt::print(stderr, "\r\033[K{:.79}", printable(line));
    std::fflush(stderr);
    drawn_ = true;
  } else if (time - last_ > std::chrono::seconds(2)) {
    log::info_line(line);
    last_ = time;
  }
}

}  // namespace nnstretch

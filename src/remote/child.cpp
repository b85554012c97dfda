#include "remote/child.h"

#include <csignal>

#include "base/error.h"
#include "base/log.h"
#include "base/tell_once.h"
#include "remote/steps.h"

namespace nnstretch::remote {
namespace {

// SIGKILL is how the system ends who takes its last memory.
std::string_view remedy(int signal) {
  if (signal == SIGTERM || signal == SIGINT || signal == SIGHUP)
    return "it was ended from outside: run it again";
  if (signal == SIGKILL)
    return "it was ended from outside: run it again; if memory ran out, with smaller pictures "
           "(TRAIN.IM_SIZE)";
  return "name another `engine`, or leave the processor out (`without`)";
}

// What the other says, line by line, and what it said last.
class Listener {
 public:
  explicit Listener(const OnStep& on_step) : on_step_(on_step) {}

  void hear(std::string_view line) {
    constexpr std::string_view kWarning = "warning: ", kError = "nnstretch: ";
    if (auto step = step_in(line)) {
      step_ = *std::move(step);
      if (on_step_) on_step_(step_);
    } else if (line.starts_with(kError)) {
      error_ = line.substr(kError.size());
    } else if (line.starts_with(kWarning)) {
      log::warn("{}", line.substr(kWarning.size()));
    } else if (!line.empty()) {
      tell_once(std::string(line));  // the same of every network
    }
  }

  [[noreturn]] void explain(const Ended& ended, std::string_view subject) const {
    if (ended.signal)
      throw EngineError({.what = died_in(step_, ended.signal),
                         .where = std::string(subject),
                         .fix = std::string(remedy(ended.signal))});
    if (!error_.empty()) throw EngineError({.what = error_});
    throw EngineError(
        {.what = "the process at work on it " + ended.said(), .where = std::string(subject)});
  }

 private:
  const OnStep& on_step_;
  std::string step_, error_;
};

}  // namespace

std::string output_of_child(Command command, std::string_view subject, const OnStep& on_step) {
  Listener listener(on_step);
  std::string output;
  // No limit: how long a network takes, and an engine to compile it, nobody knows; who waits sees
  // the step, and can end it.
  command.on_stdout = [&](std::string_view line) { output.append(line) += '\n'; };
  command.on_stderr = [&](std::string_view line) { listener.hear(line); };
  if (const Ended ended = Process(std::move(command)).wait(); !ended.well())
    listener.explain(ended, subject);
  return output;
}

}  // namespace nnstretch::remote

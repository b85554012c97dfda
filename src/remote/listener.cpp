#include "remote/listener.h"

#include <csignal>

#include "base/error.h"
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
  if (signal == SIGILL)
    return "it has instructions that this processor has not: name another `engine`, or give a "
           "program that was built for it";
  return "name another `engine`, or leave the processor out (`without`)";
}

}  // namespace

void Listener::hear(std::string_view line) {
  constexpr std::string_view kWarning = "warning: ", kError = "nnstretch: ";
  if (line.ends_with('\r')) line.remove_suffix(1);  // of a terminal
  if (line == kAlive) return;
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

void Listener::explain(const Ended& ended, std::string_view subject) const {
  const bool by_itself = ended.why == Ended::Why::itself;
  if (by_itself && ended.signal)
    throw EngineError({.what = died_in(step_, ended.signal),
                       .where = std::string(subject),
                       .fix = std::string(remedy(ended.signal))});
  if (by_itself && ended.status == 2 && !error_.empty()) throw UsageError({.what = error_});
  if (by_itself && !error_.empty()) throw EngineError({.what = error_});
  std::string what = "the process at work on it " + ended.said();
  if (!by_itself && !step_.empty()) what += " in " + step_;
  throw EngineError({.what = std::move(what), .where = std::string(subject)});
}

}  // namespace nnstretch::remote

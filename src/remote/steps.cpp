#include "remote/steps.h"

#include <fmt/format.h>

#include <chrono>

#include "base/log.h"
#include "base/names.h"

namespace nnstretch::remote {
namespace {

constexpr std::string_view kStep = "step: ", kBy = " by ";

}  // namespace

void tell_step(const std::string& what) {
  to_stderr(fmt::format("{}{}\n", kStep, printable(what)));
}

Pulse::Pulse()
    : teller_([this] {
        std::unique_lock lock(mutex_);
        while (!ending_.wait_for(lock, std::chrono::seconds(10), [this] { return ends_; }))
          to_stderr(fmt::format("{}\n", kAlive));
      }) {}

Pulse::~Pulse() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  ending_.notify_one();
  teller_.join();
}

std::optional<std::string> step_in(std::string_view line) {
  if (!line.starts_with(kStep)) return {};
  return std::string(line.substr(kStep.size()));
}

std::string died_in(const std::string& step, int signal) {
  if (step.empty()) return fmt::format("died before it began (signal {})", signal);
  const size_t by = step.rfind(kBy);
  if (by == step.npos) return fmt::format("died in {} (signal {})", step, signal);
  return fmt::format("{}: died in {} (signal {})", step.substr(by + kBy.size()), step.substr(0, by),
                     signal);
}

}  // namespace nnstretch::remote

#include "remote/steps.h"

#include <fmt/format.h>

#include "base/log.h"
#include "base/names.h"

namespace nnstretch::remote {
namespace {

constexpr std::string_view kStep = "step: ", kBy = " by ";

}  // namespace

void tell_step(const std::string& what) {
  to_stderr(fmt::format("{}{}\n", kStep, printable(what)));
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

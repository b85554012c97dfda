// What a process of this program says on its standard error while it works for this one, here or on
// another machine: steps (remote/steps.h), warnings, and the error that it ends with.
#pragma once
#include <string>
#include <string_view>

#include "base/log.h"
#include "base/process.h"

namespace nnstretch::remote {

class Listener {
 public:
  // Each step is told as it begins. `on_step` must outlive it.
  explicit Listener(const OnStep& on_step) : on_step_(on_step) {}

  // A line. What is not for this process goes to its log.
  void hear(std::string_view line);
  // Throws why it failed: its own message, as UsageError if it found its words wrong; or "litert:
  // died in compiling part s2.cpu (signal 6)", as EngineError. `subject` is what it worked on.
  [[noreturn]] void explain(const Ended& ended, std::string_view subject) const;

 private:
  const OnStep& on_step_;
  std::string step_, error_;
};

}  // namespace nnstretch::remote

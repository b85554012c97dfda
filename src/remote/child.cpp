#include "remote/child.h"

#include "remote/listener.h"

namespace nnstretch::remote {

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

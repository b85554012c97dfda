// A process of this program at work for this one, which may die of it.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "base/log.h"
#include "base/process.h"

namespace nnstretch::remote {

// Waits for its end and gives what it wrote to stdout. Each step is told as it begins; what else
// it says goes to the log of this process. `subject` is what it works on, for messages.
// Errors are those of Listener::explain().
std::string output_of_child(Command command, std::string_view subject, const OnStep& on_step);

}  // namespace nnstretch::remote

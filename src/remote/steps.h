// What a process of this program says of its work to the one that started it: lines on its standard
// error among those for people.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace nnstretch::remote {

// "step: WHAT": it begins now. Written and flushed at once.
void tell_step(const std::string& what);
// What a line says so; nothing if it is another line.
std::optional<std::string> step_in(std::string_view line);

// "litert: died in compiling part s2.cpu (signal 6)", of the step "compiling part s2.cpu by
// litert".
std::string died_in(const std::string& step, int signal);

}  // namespace nnstretch::remote

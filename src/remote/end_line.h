// What commands of another machine's shell are wrapped in. Each ends by a line of ours, which alone
// proves that it ended: adb gives 0 when the cable is pulled, and old phones tell no code at all.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/process.h"

namespace nnstretch::remote {

// The word as a shell reads it back: 'it'\''s'
std::string shell_word(std::string_view word);

// The command, then its line. `errors_too`: what it says goes to its standard output, in order.
std::string with_end_line(std::string_view command, bool errors_too);

// The same of a job, which gets no input. It is killed once the standard input of all this ends,
// which adb and ssh see to, however their other end goes: their daemons kill the shell at most.
std::string kept(std::string_view job);

// How the command ended, if the line is that one. The shell tells 128 + 9 of who was ended by
// signal 9.
std::optional<Ended> end_in(std::string_view line);

}  // namespace nnstretch::remote

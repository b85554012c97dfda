// Standard streams of a process that may be closed, full or broken: no reason for it to end, or to
// write into files of others.
#pragma once
#include <sys/types.h>

#include <string_view>

namespace nnstretch {

// ::write, but that nobody reads any more is told by EPIPE and never by a signal.
ssize_t write_quietly(int descriptor, std::string_view bytes);

// First thing in main(): a standard stream that is closed gives errors from now on. Else the next
// file to be opened would take its number, and what is said would be written into that.
void occupy_closed_streams();

}  // namespace nnstretch

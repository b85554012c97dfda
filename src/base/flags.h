// How messages name options: as programs write them, in back quotes, since a library says them to
// programs too. Where a command line is read they are spelled its way:
//     use_flags({"core_affinity"});
//     with_flags("`core_affinity`: no core is left")   // "--core_affinity: no core is left"
#pragma once
#include <set>
#include <string>
#include <string_view>

namespace nnstretch {

// From now on, for log lines too. Before the first thread is started.
void use_flags(std::set<std::string, std::less<>> names);
// Text without a name of these is as it was.
std::string with_flags(std::string_view text);

}  // namespace nnstretch

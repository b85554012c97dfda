// Which CPU this is.
#pragma once
#include <string>

namespace nnstretch::engines {

// "AMD EPYC 9B14"; on ARM, where the system gives numbers only, the list of its kinds of cores:
// "implementer 0x41 part 0xd05, implementer 0x41 part 0xd0a". Never empty.
std::string cpu_model();

}  // namespace nnstretch::engines

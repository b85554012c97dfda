// What is worth saying once, however often it is found.
#pragma once
#include <string>

namespace nnstretch {

// log::info, the first time that this process says it.
void tell_once(const std::string& line);

}  // namespace nnstretch
